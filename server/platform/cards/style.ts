/** The style of a card page: light and dark by the reader's setting, one column on a phone, black on white in print. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1d2430;--soft:#5a6577;--line:#d9dee6;--panel:#f5f7fa;--good:#0b6bcb;--bad:#c2410c;--mark:#7c3aed;--warn:#fff4e0;--warnline:#e0a030;--shade:#0b6bcb22}
@media (prefers-color-scheme:dark){:root{--paper:#12161d;--ink:#e6eaf0;--soft:#9aa7b8;--line:#2e3744;--panel:#1a202a;--good:#5fb0ff;--bad:#ff9a5c;--mark:#c4a1ff;--warn:#33270f;--warnline:#9a7424;--shade:#5fb0ff2e}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.6 system-ui,"Noto Sans CJK SC","Noto Sans SC","PingFang SC","Microsoft YaHei","WenQuanYi Zen Hei",sans-serif;overflow-wrap:anywhere}
main{max-width:1060px;margin:0 auto;padding:20px 20px 60px}
h1{font-size:1.7rem;line-height:1.25;margin:.3em 0 .2em}
h2{font-size:1.22rem;margin:2.2em 0 .5em;padding-top:.7em;border-top:1px solid var(--line)}
h3{font-size:1rem;margin:1.4em 0 .3em}
p{margin:.5em 0;max-width:72ch}
.en{color:var(--soft)}
h1 .en,h2 .en,th .en,.tile .en{font-weight:400}
body:has(#lang-zh:checked) .en,body:has(#lang-en:checked) .zh{display:none}
body:has(#lang-en:checked) .en{color:inherit}
.lang{border:0;padding:0;margin:0;display:flex;gap:14px;font-size:.9rem;flex-wrap:wrap}
.lang label{display:flex;gap:5px;align-items:center;cursor:pointer}
.meta{color:var(--soft);font-size:.9rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(158px,1fr));gap:12px;margin:18px 0}
.tile{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:11px 14px;font-size:.86rem;line-height:1.4}
.tile b{display:block;font-size:1.5rem;line-height:1.3;font-weight:650}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:18px}
figure{margin:8px 0}
svg{display:block;width:100%;height:auto;max-width:620px}
svg.broad{max-width:none}
svg text{fill:var(--ink);font-size:13px}
svg .tick{fill:var(--soft);font-size:12px}
svg .en{fill:var(--soft)}
.grid{stroke:var(--line);stroke-width:1}
.axis{stroke:var(--soft);stroke-width:1.2}
.chance{stroke:var(--soft);stroke-width:1.2;stroke-dasharray:5 4}
.good{stroke:var(--good);stroke-width:2.2}.bad{stroke:var(--bad);stroke-width:2.2}
.goodbar{stroke:var(--good);stroke-width:1.2}.badbar{stroke:var(--bad);stroke-width:1.2}
.gooddot{fill:var(--good)}.baddot{fill:var(--bad)}
.shade{fill:var(--shade)}
.mark{stroke:var(--mark);stroke-width:1.8;stroke-dasharray:3 3}
.step{stroke:var(--mark);stroke-width:1.8}
.bar0{fill:var(--good);opacity:.85}.bar1{fill:var(--good);opacity:.5}
.edge{stroke:var(--soft);stroke-width:1;stroke-dasharray:2 3}
.key{display:inline-block;width:.8em;height:.8em;border-radius:2px;margin-right:.3em;vertical-align:-.06em}
.key.g{background:var(--good)}.key.b{background:var(--bad)}.key.m{background:var(--mark)}
.wide{overflow-x:auto;margin:10px 0}
table{border-collapse:collapse;width:100%;font-size:.88rem;line-height:1.4}
th,td{text-align:left;padding:6px 9px;border-bottom:1px solid var(--line);vertical-align:top}
td{overflow-wrap:break-word}
th{color:var(--soft);font-weight:600;white-space:nowrap}
th .zh,th .en{display:block}
th.number{text-align:right}
td.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.warn{background:var(--warn);border:1px solid var(--warnline);border-radius:8px;padding:8px 14px;margin:14px 0}
.warn p{max-width:none}
.ok,.watch,.act{display:inline-block;border:1px solid currentcolor;border-radius:99px;padding:0 .7em;font-size:.85em;white-space:nowrap}
.ok{color:var(--good)}.watch{color:var(--mark)}.act{color:var(--bad)}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.88em}
ul{padding-left:1.2em;max-width:76ch}
li{margin:.35em 0}
.columns{font-size:.85rem}
@media (max-width:520px){main{padding:14px 14px 40px}h1{font-size:1.35rem}th,td{padding:5px 6px}svg text{font-size:15px}svg .tick{font-size:14px}}
@media print{:root{--paper:#fff;--ink:#000;--soft:#444;--line:#ccc;--panel:#fff;--good:#0b4f9a;--bad:#b03a06;--mark:#5b21b6;--warn:#fff;--warnline:#888;--shade:#0b6bcb22}
body{font-size:10.5pt}.lang{display:none}main{max-width:none;padding:0}figure,tr,.tile,.warn,li{break-inside:avoid}h2,h3{break-after:avoid}.wide{overflow:visible}.pair{grid-template-columns:1fr 1fr}}
`

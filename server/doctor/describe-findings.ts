/** Findings in words, one block a check. */
import { CHECKS, type CheckName, type Finding, type Verdict, type Words } from './finding.ts'

const TITLES: Readonly<Record<CheckName, Words>> = {
  configuration: { zh: '配置', en: 'Configuration' },
  identity: { zh: '身份', en: 'Identity' },
  members: { zh: '成员名单', en: 'Member list' },
  state: { zh: '状态文件夹', en: 'State folder' },
  certificates: { zh: '证书', en: 'Certificates' },
  versions: { zh: '版本', en: 'Versions' },
  disk: { zh: '磁盘', en: 'Disk' },
  memory: { zh: '内存', en: 'Memory' },
  port: { zh: '端口', en: 'Port' },
  platform: { zh: '平台', en: 'Platform' },
  clock: { zh: '时钟', en: 'Clock' },
  parameters: { zh: '参数', en: 'Parameters' },
  parties: { zh: '各方', en: 'Parties' },
  data: { zh: '数据', en: 'Data' },
}
const MARKS: Readonly<Record<Verdict, string>> = { ok: '✓', warn: '!', fail: '✗', unknown: '?' }

export function describeFindings(findings: readonly Finding[], language: 'zh' | 'en'): string {
  const count = (verdict: Verdict) => findings.filter((finding) => finding.verdict === verdict).length
  const lines = CHECKS.flatMap((check) => {
    const found = findings.filter((finding) => finding.check === check)
    if (found.length === 0) return []
    return [TITLES[check][language], ...found.flatMap((finding) => linesOf(finding, language))]
  })
  const [fails, warnings, unknown] = [count('fail'), count('warn'), count('unknown')]
  const sum =
    language === 'zh'
      ? `${fails} 项失败，${warnings} 项警告，${unknown} 项未能检查。`
      : `${fails} failed, ${warnings} warnings, ${unknown} could not be looked at.`
  return [...lines, '', sum, ''].join('\n')
}

function linesOf({ verdict, says, mend }: Finding, language: 'zh' | 'en'): string[] {
  const line = `  ${MARKS[verdict]} ${says[language]}`
  return mend ? [line, `      ${language === 'zh' ? '处理' : 'Mend'}: ${mend[language]}`] : [line]
}

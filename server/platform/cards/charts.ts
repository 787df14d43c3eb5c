/** The charts of a card. Only band edges are known points; lines between them are a help for the eye. */
import type { ModelCard } from '../../../models/index.ts'
import { area, chart, dot, errorBar, type Point, polyline, shareAxis, sidewaysBar } from './chart.ts'
import { type Markup, markup } from './markup.ts'
import { count, percent } from './words.ts'

/** Two-sided 95 %. */
const Z = 1.96
const ORIGIN = { bads: 0, badsSe: 0, goods: 0, goodsSe: 0, labelled: 0 }
const CHANCE: readonly Point[] = [
  { x: 0, y: 0 },
  { x: 1, y: 1 },
]
const within = (share: number): number => Math.min(1, Math.max(0, share))

export function rocChart({ curve }: Pick<ModelCard, 'curve'>): Markup {
  const points = [ORIGIN, ...curve]
  return chart(
    { zh: 'ROC 曲线', en: 'ROC curve' },
    {
      x: shareAxis({ zh: '被误拒的好企业', en: 'good firms below the cut' }),
      y: shareAxis({ zh: '被识别的坏企业', en: 'bad firms below the cut' }),
    },
    (plane) =>
      markup`${area(
        plane,
        points.map(({ goods, bads, badsSe }) => ({
          x: goods,
          low: within(bads - Z * badsSe),
          high: within(bads + Z * badsSe),
        })),
        'shade',
      )}${polyline(plane, CHANCE, 'chance')}${polyline(
        plane,
        points.map(({ goods, bads }) => ({ x: goods, y: bads })),
        'good',
      )}${curve.map(
        ({ goods, goodsSe, bads, badsSe }) =>
          markup`${errorBar(plane, goods, within(bads - Z * badsSe), within(bads + Z * badsSe), 'goodbar')}${sidewaysBar(plane, bads, within(goods - Z * goodsSe), within(goods + Z * goodsSe), 'goodbar')}${dot(plane, { x: goods, y: bads }, 'gooddot')}`,
      )}`,
  )
}

/** Ticks of the score axis between two scores. */
function scoreTicks(from: number, to: number): number[] {
  const step = to - from > 400 ? 100 : 50
  const first = Math.ceil(from / step) * step
  return Array.from({ length: Math.max(0, Math.floor((to - first) / step) + 1) }, (_, i) => first + i * step)
}

export function ksChart({ curve, bands }: Pick<ModelCard, 'curve' | 'bands'>): Markup {
  const from = bands.test[0]?.from ?? 0
  const points = [
    { ...ORIGIN, score: from },
    ...curve.map((point, band) => ({ ...point, score: bands.test[band].to ?? from })),
  ]
  const widest = points.reduce((a, b) => (b.bads - b.goods > a.bads - a.goods ? b : a))
  const to = Math.max(from + 1, points[points.length - 1].score)
  const line = (of: 'bads' | 'goods') => points.map((point) => ({ x: point.score, y: point[of] }))
  return chart(
    { zh: 'KS 曲线', en: 'KS curve' },
    {
      x: {
        ...{ from, to, ticks: scoreTicks(from, to), format: String },
        words: { zh: '评分', en: 'score' },
      },
      y: shareAxis({ zh: '评分不高于此的占比', en: 'share with this score or less' }),
    },
    (plane) =>
      markup`${polyline(plane, line('goods'), 'good')}${polyline(plane, line('bads'), 'bad')}${points
        .slice(1)
        .map(
          ({ score, bads, badsSe, goods, goodsSe }) =>
            markup`${errorBar(plane, score, within(bads - Z * badsSe), within(bads + Z * badsSe), 'badbar')}${errorBar(plane, score, within(goods - Z * goodsSe), within(goods + Z * goodsSe), 'goodbar')}${dot(plane, { x: score, y: bads }, 'baddot')}${dot(plane, { x: score, y: goods }, 'gooddot')}`,
        )}${polyline(
        plane,
        [
          { x: widest.score, y: widest.goods },
          { x: widest.score, y: widest.bads },
        ],
        'mark',
      )}`,
  )
}

/** Ticks of a rate axis that is stretched near zero. */
const RATE_TICKS = [0, 0.01, 0.03, 0.06, 0.12, 0.2, 0.35, 0.5, 0.75, 1]

export function calibrationChart({ bands, p0 }: Pick<ModelCard, 'bands' | 'p0'>): Markup {
  const shown = bands.test.filter(({ firms, observed }) => firms > 0 && observed.rate !== null)
  // Not to the end of the widest bar, which may know nothing.
  const to = within(
    Math.max(p0, ...shown.map(({ expected, observed }) => Math.max(expected, observed.rate ?? 0) * 1.25)),
  )
  const axis = {
    ...{ from: 0, to, scale: 'root' as const },
    ticks: RATE_TICKS.filter((tick) => tick <= to),
    format: (value: number) => `${Math.round(100 * value)}%`,
  }
  const steps = [...shown].sort((a, b) => a.expected - b.expected)
  return chart(
    { zh: '校准', en: 'Calibration' },
    {
      x: { ...axis, words: { zh: '模型给出的违约概率', en: 'default rate that the scale gives' } },
      y: { ...axis, words: { zh: '观察到的违约率', en: 'observed' } },
    },
    (plane) =>
      markup`${polyline(
        plane,
        Array.from({ length: 2 }, (_, i) => ({ x: i * to, y: i * to })),
        'chance',
      )}${polyline(
        plane,
        steps.map(({ expected, isotonic }) => ({ x: expected, y: isotonic })),
        'step',
      )}${shown.map(
        ({ expected, observed }) =>
          markup`${errorBar(plane, expected, observed.from, observed.to, 'goodbar')}${dot(plane, { x: expected, y: observed.rate ?? 0 }, 'gooddot')}`,
      )}`,
  )
}

export function captureChart({ curve }: Pick<ModelCard, 'curve'>): Markup {
  const points = [ORIGIN, ...curve]
  return chart(
    { zh: '捕获曲线', en: 'Capture curve' },
    {
      x: shareAxis({ zh: '评分最低的企业', en: 'firms with the lowest scores' }),
      y: shareAxis({ zh: '其中的坏企业', en: 'bad firms among them' }),
    },
    (plane) =>
      markup`${area(
        plane,
        points.map(({ labelled, bads, badsSe }) => ({
          x: labelled,
          low: within(bads - Z * badsSe),
          high: within(bads + Z * badsSe),
        })),
        'shade',
      )}${polyline(plane, CHANCE, 'chance')}${polyline(
        plane,
        points.map(({ labelled, bads }) => ({ x: labelled, y: bads })),
        'good',
      )}${curve.map(
        ({ labelled, bads, badsSe }) =>
          markup`${errorBar(plane, labelled, within(bads - Z * badsSe), within(bads + Z * badsSe), 'goodbar')}${dot(plane, { x: labelled, y: bads }, 'gooddot')}`,
      )}`,
  )
}

/** How often a band defaults, in units of the average of all bands; the bars of uncertainty with it. */
export function liftChart({ bands, metrics }: Pick<ModelCard, 'bands' | 'metrics'>): Markup {
  const average = metrics.test.badRate
  const lifts = bands.test.map(({ observed }) => ({
    lift: (observed.rate ?? 0) / average,
    from: observed.from / average,
    to: observed.to / average,
  }))
  const to = Math.max(2, Math.ceil(1.15 * Math.max(...lifts.map(({ lift }) => lift))))
  const step = to > 8 ? 2 : 1
  return chart(
    { zh: '各分段提升度', en: 'Lift by band' },
    {
      x: {
        ...{ from: 0, to: lifts.length, ticks: [], format: String },
        words: { zh: '分段，由低分到高分', en: 'bands, lowest scores first' },
      },
      y: {
        ...{ from: 0, to, ticks: Array.from({ length: Math.floor(to / step) + 1 }, (_, i) => i * step) },
        format: (value) => `${value}×`,
        words: { zh: '相对平均违约率', en: 'default rate over the average' },
      },
    },
    (plane) =>
      markup`${lifts.map(({ lift, from, to: high }, band) => {
        const [left, right] = [plane.x(band + 0.15), plane.x(band + 0.85)]
        const top = plane.y(lift)
        return markup`<rect class="bar1" x="${left}" y="${top}" width="${right - left}" height="${Math.max(0, plane.y(0) - top)}"/>${errorBar(plane, band + 0.5, from, high, 'goodbar')}`
      })}${polyline(
        plane,
        [
          { x: 0, y: 1 },
          { x: lifts.length, y: 1 },
        ],
        'chance',
      )}`,
  )
}

export function distributionChart({
  scores,
  grades,
  cut,
}: Pick<ModelCard, 'scores' | 'grades'> & { readonly cut: number | null }): Markup {
  const { step, firms } = scores
  const held = firms.flatMap((rows, bar) => (rows > 0 ? [bar] : []))
  const [first, last] = [held[0] ?? 0, held[held.length - 1] ?? 0]
  const from = Math.max(0, (first - 1) * step)
  const to = Math.min(firms.length, last + 2) * step
  const most = Math.max(1, ...firms)
  const gradeAt = (score: number) => grades.findIndex((grade) => score >= grade.from)
  const scale = 10 ** Math.floor(Math.log10(most))
  const tick = most / scale > 5 ? 2 * scale : most / scale > 2 ? scale : scale / 2
  return chart(
    { zh: '评分分布', en: 'Distribution of scores' },
    {
      wide: true,
      x: {
        ...{ from, to, ticks: scoreTicks(from, to), format: String },
        words: { zh: '评分', en: 'score' },
      },
      y: {
        ...{ from: 0, to: most * 1.12, format: (value) => count(value) },
        ticks: Array.from({ length: Math.floor(most / tick) + 1 }, (_, i) => i * tick),
        words: { zh: '企业数', en: 'firms' },
      },
    },
    (plane) =>
      markup`${firms.map((rows, bar) => {
        if (rows === 0) return null
        const [left, right] = [plane.x(bar * step), plane.x((bar + 1) * step)]
        const top = plane.y(rows)
        return markup`<rect class="bar${gradeAt(bar * step + step / 2) % 2}" x="${left + 0.5}" y="${top}" width="${Math.max(0.5, right - left - 1)}" height="${plane.y(0) - top}"/>`
      })}${grades.map(({ grade, from: low }, index) => {
        const high = index === 0 ? to : grades[index - 1].from
        const [left, right] = [Math.max(low, from), Math.min(high, to)]
        if (right <= left) return null
        const fits = plane.x(right) - plane.x(left) > 9 * grade.length
        return markup`<line class="edge" x1="${plane.x(left)}" x2="${plane.x(left)}" y1="${plane.y(0)}" y2="${plane.y(most * 1.12)}"/><text class="tick" x="${(plane.x(left) + plane.x(right)) / 2}" y="${plane.y(most * 1.12) + 11}" text-anchor="middle">${fits ? grade : null}</text>`
      })}${
        cut !== null && cut > from && cut < to
          ? polyline(
              plane,
              [
                { x: cut, y: 0 },
                { x: cut, y: most },
              ],
              'mark',
            )
          : null
      }`,
  )
}

export const isDrawable = ({ curve }: Partial<Pick<ModelCard, 'curve'>>): boolean => (curve?.length ?? 0) > 0

export const rateText = (observed: {
  readonly rate: number | null
  readonly from: number
  readonly to: number
}) =>
  observed.rate === null
    ? '–'
    : `${percent(observed.rate)} (${percent(observed.from)}–${percent(observed.to)})`

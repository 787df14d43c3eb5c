import type { IndustryEdition } from './industry.ts'

/** The rows of the table of 工信部联企业〔2011〕300号. */
export type SizeIndustry =
  | 'agriculture'
  | 'industry'
  | 'construction'
  | 'wholesale'
  | 'retail'
  | 'transport'
  | 'storage'
  | 'post'
  | 'lodging'
  | 'catering'
  | 'information_transmission'
  | 'software'
  | 'real_estate_development'
  | 'property_management'
  | 'leasing_and_business'
  | 'other'

export type SizeClass = 'large' | 'medium' | 'small' | 'micro'

export const SIZE_CLASS_TITLES: Readonly<Record<SizeClass, string>> = {
  large: '大型',
  medium: '中型',
  small: '小型',
  micro: '微型',
}

/** What the size of an enterprise is told from: persons, and 10,000 yuan. */
export interface SizeFigures {
  readonly employees?: number | null
  readonly revenueWan?: number | null
  readonly assetsWan?: number | null
}

type Limits = readonly [large: number, medium: number, small: number]

/** Lower limits of large, medium and small; below the last is micro (statistical form of 2017). */
const LIMITS: Readonly<Record<SizeIndustry, { readonly [figure in keyof SizeFigures]?: Limits }>> = {
  agriculture: { revenueWan: [20_000, 500, 50] },
  industry: { employees: [1000, 300, 20], revenueWan: [40_000, 2000, 300] },
  construction: { revenueWan: [80_000, 6000, 300], assetsWan: [80_000, 5000, 300] },
  wholesale: { employees: [200, 20, 5], revenueWan: [40_000, 5000, 1000] },
  retail: { employees: [300, 50, 10], revenueWan: [20_000, 500, 100] },
  transport: { employees: [1000, 300, 20], revenueWan: [30_000, 3000, 200] },
  storage: { employees: [200, 100, 20], revenueWan: [30_000, 1000, 100] },
  post: { employees: [1000, 300, 20], revenueWan: [30_000, 2000, 100] },
  lodging: { employees: [300, 100, 10], revenueWan: [10_000, 2000, 100] },
  catering: { employees: [300, 100, 10], revenueWan: [10_000, 2000, 100] },
  information_transmission: { employees: [2000, 100, 10], revenueWan: [100_000, 1000, 100] },
  software: { employees: [300, 100, 10], revenueWan: [10_000, 1000, 50] },
  real_estate_development: { revenueWan: [200_000, 1000, 100], assetsWan: [10_000, 5000, 2000] },
  property_management: { employees: [1000, 300, 100], revenueWan: [5000, 1000, 500] },
  leasing_and_business: { employees: [300, 100, 10], assetsWan: [120_000, 8000, 100] },
  other: { employees: [300, 100, 10] },
}

/**
 * The size class of an enterprise (工信部联企业〔2011〕300号, statistical form of 2017): large, medium and small need every figure that
 * the industry's row names at its lower limit or above; micro is what is left, so one figure below the limit of small is enough.
 *
 * @returns null where the figures that are there leave the class open
 */
export function sizeClass(industry: SizeIndustry, figures: SizeFigures): SizeClass | null {
  const classes: readonly SizeClass[] = ['large', 'medium', 'small', 'micro']
  let lowest = 0
  let complete = true
  for (const [figure, limits] of Object.entries(LIMITS[industry])) {
    const value = figures[figure as keyof SizeFigures]
    if (value === undefined || value === null || Number.isNaN(value)) {
      complete = false
      continue
    }
    const position = limits.findIndex((limit) => value >= limit)
    lowest = Math.max(lowest, position < 0 ? limits.length : position)
  }
  return complete || classes[lowest] === 'micro' ? classes[lowest] : null
}

/** Divisions with a row of their own, the same in both editions. */
const OF_DIVISION: ReadonlyMap<string, SizeIndustry> = new Map([
  ['51', 'wholesale'],
  ['52', 'retail'],
  ['54', 'transport'],
  ['55', 'transport'],
  ['56', 'transport'],
  ['57', 'transport'],
  ['60', 'post'],
  ['61', 'lodging'],
  ['62', 'catering'],
  ['63', 'information_transmission'],
  ['64', 'information_transmission'],
  ['65', 'software'],
])

/** Sections with a row of their own as a whole. Of M to R, education is not graded, and of health only social work is. */
const OF_SECTION: ReadonlyMap<string, SizeIndustry> = new Map([
  ['A', 'agriculture'],
  ['B', 'industry'],
  ['C', 'industry'],
  ['D', 'industry'],
  ['E', 'construction'],
  ['L', 'leasing_and_business'],
  ['M', 'other'],
  ['N', 'other'],
  ['O', 'other'],
  ['R', 'other'],
])

/**
 * The row of the size table for an industry code of GB/T 4754.
 *
 * @param code as `readIndustry` gives it, such as `C3391`
 * @returns null where the table has no row (railways, finance, education, health, public administration) or the code is too short to
 * tell
 */
export function sizeIndustry(code: string, edition: IndustryEdition): SizeIndustry | null {
  const section = code[0]
  const division = code.slice(1, 3)
  const ofDivision = OF_DIVISION.get(division)
  if (ofDivision !== undefined) return ofDivision
  if (section === 'G') {
    if (division === '59' && edition === '2011') return 'storage'
    // In 2017 loading and unloading came to storage's division.
    if (division === '59') return code.length === 3 ? null : code.startsWith('G591') ? 'transport' : 'storage'
    return division === '58' ? 'transport' : null
  }
  if (section === 'K') {
    const group = code.slice(1, 4)
    if (group === '701') return 'real_estate_development'
    if (group === '702') return 'property_management'
    return group === '703' || group === '709' ? 'other' : null
  }
  // Social work: division 85 of 2017, 84 of 2011.
  if (section === 'Q') return division === (edition === '2017' ? '85' : '84') ? 'other' : null
  return OF_SECTION.get(section) ?? null
}

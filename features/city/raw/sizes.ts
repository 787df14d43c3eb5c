import { checkSize } from '../outcomes.ts'

/** How large a raw city is and how its files are written. */
export interface CitySize {
  readonly enterprises: number
  readonly individuals: number
  readonly format: 'csv' | 'parquet'
  /** Share of all enterprises that have a loan with an outcome. */
  readonly borrowers: number
  /** Share of bad ones among them. */
  readonly badRate: number
}

/**
 * In life 10 to 20 % of enterprises borrow and about 3 % of them default. The two small cities have more of both: with a few
 * dozen defaults nothing could be trained.
 */
export const CITY_SIZES = {
  tiny: { enterprises: 2_000, individuals: 0, format: 'csv', borrowers: 0.4, badRate: 0.05 },
  demo: { enterprises: 20_000, individuals: 0, format: 'csv', borrowers: 0.4, badRate: 0.05 },
  city: { enterprises: 200_000, individuals: 550_000, format: 'parquet', borrowers: 0.2, badRate: 0.03 },
  million: { enterprises: 1_000_000, individuals: 0, format: 'parquet', borrowers: 0.2, badRate: 0.03 },
} as const satisfies Record<string, CitySize>

export type CitySizeName = keyof typeof CITY_SIZES

export const CITY_SIZE_NAMES = Object.keys(CITY_SIZES) as CitySizeName[]

/** Above so many enterprises the files are Parquet. */
const MOST_CSV = 50_000

/**
 * A named size, or so many enterprises with the borrowers of the small cities.
 *
 * @throws YX_FEATURES_CITY_INVALID
 */
export function citySize(size: CitySizeName | number): CitySize & { readonly name: string } {
  if (typeof size === 'string') return { name: size, ...CITY_SIZES[size] }
  checkSize(size)
  const format = size > MOST_CSV ? 'parquet' : 'csv'
  return { ...CITY_SIZES.demo, name: String(size), enterprises: size, format }
}

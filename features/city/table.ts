import { gzipSync } from 'node:zlib'
import type { ColumnDeclaration } from '../columns.ts'

/** One table of a made-up city on its way into a CSV file; null = an empty cell. */
export class CityTable {
  readonly party: string
  readonly plays: string
  readonly columns: readonly ColumnDeclaration[]
  readonly #lines: string[]

  constructor(party: string, plays: string, columns: readonly ColumnDeclaration[]) {
    this.party = party
    this.plays = plays
    this.columns = columns
    this.#lines = [`id,${columns.map(({ name }) => name).join(',')}\n`]
  }

  /** Number of rows. */
  get rows(): number {
    return this.#lines.length - 1
  }

  /** Adds a row; cells stand in column order and hold neither commas nor quotes. */
  add(id: string, cells: readonly (number | string | null)[]): void {
    this.#lines.push(`${id},${cells.map((cell) => cell ?? '').join(',')}\n`)
  }

  /** The file as gzip, rows in order of their ids. The fast level: the files live as long as the demonstration. */
  toCsvGz(): Buffer {
    const [header, ...rows] = this.#lines
    return gzipSync(header + rows.sort().join(''), { level: 1 })
  }
}

export function numeric(name: string): ColumnDeclaration {
  return { name, type: 'numeric' }
}

export function categorical(name: string): ColumnDeclaration {
  return { name, type: 'categorical' }
}

/** Rounds to a number of decimals, as a department's export would. */
export function round(value: number, decimals: number): number {
  const scale = 10 ** decimals
  return Math.round(value * scale) / scale
}

/** 1 / (1 + e^-x). */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x))
}

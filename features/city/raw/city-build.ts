import type { RowAppender } from '../../source/row-appender.ts'
import type { Session } from '../../source/session.ts'
import type { Risk } from '../risk.ts'
import type { CityFiles, RawParty, RawSource } from './city-files.ts'
import { Defects } from './defects.ts'
import type { CitySize } from './sizes.ts'
import type { Subjects } from './subjects.ts'

/** A raw city under construction: what every part of it writes with and to. */
export class CityBuild {
  readonly session: Session
  readonly files: CityFiles
  readonly subjects: Subjects
  readonly risk: Risk
  readonly seed: number
  readonly size: CitySize
  /** Rows of each file, by party and file name. */
  readonly rows = new Map<string, Map<string, number>>()
  readonly parties: RawParty[] = []
  readonly #planted: RowAppender
  readonly #progress: (step: string, rows: number) => void
  #written = 0

  constructor(
    parts: Pick<CityBuild, 'session' | 'files' | 'subjects' | 'risk' | 'seed' | 'size'>,
    planted: RowAppender,
    progress: (step: string, rows: number) => void,
  ) {
    this.session = parts.session
    this.files = parts.files
    this.subjects = parts.subjects
    this.risk = parts.risk
    this.seed = parts.seed
    this.size = parts.size
    this.#planted = planted
    this.#progress = progress
  }

  /** Rows written so far. */
  get written(): number {
    return this.#written
  }

  /** Says what is made next. */
  begin(step: string): void {
    this.#progress(step, this.#written)
  }

  /** Takes note of what is planted in a file of records of a class. */
  defects(party: string, name: string, klass: string): Defects {
    return new Defects(this.#planted, { party, file: this.files.fileName(name), klass })
  }

  /** Writes a file of a party. */
  async write(
    party: string,
    name: string,
    query: string,
    rows: number,
    options: { readonly encoding?: 'gb18030' } = {},
  ): Promise<void> {
    const file = await this.files.write(party, name, query, options)
    const counts = this.rows.get(party) ?? new Map<string, number>()
    counts.set(file, rows)
    this.rows.set(party, counts)
    this.#written += rows
    this.#progress(name, this.#written)
  }

  /** Ends a party: writes its `data.yaml`. */
  async finish(
    party: RawParty,
    data: {
      readonly catalogue?: readonly string[]
      readonly sources: readonly RawSource[]
      readonly features?: readonly object[]
    },
  ): Promise<void> {
    this.parties.push(party)
    await this.files.writeDataSection(party, data)
  }

  /** Writes what was planted so far into its table for good. */
  close(): void {
    this.#planted.close()
  }
}

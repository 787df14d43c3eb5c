import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { quoteText, type Session } from '../../source/session.ts'
import { CALENDAR } from './calendar.ts'
import { chosenFeatures } from './chosen-features.ts'
import { encodeGb18030 } from './gb18030.ts'
import type { CitySize } from './sizes.ts'

/** A party of a raw city, what it plays, and whether all that it holds is public by law. */
export interface RawParty {
  readonly party: string
  readonly plays: string
  readonly role: 'provider' | 'label-holder'
  readonly public?: boolean
}

/** One file of a party as its `data.yaml` names it. */
export interface RawSource {
  readonly class: string
  readonly file: string
  readonly encoding?: 'gb18030'
  readonly columns?: Readonly<Record<string, string>>
}

/** What stands in a city's folder, for `city.json`. */
export interface WrittenFile {
  readonly file: string
  readonly bytes: number
  readonly sha256: string
}

/** The folder of a raw city while it is written. */
export class CityFiles {
  readonly root: string
  readonly #session: Session
  readonly #format: CitySize['format']

  constructor(root: string, session: Session, format: CitySize['format']) {
    this.root = root
    this.#session = session
    this.#format = format
  }

  /** A name of a file with the ending of this city's format. */
  fileName(name: string): string {
    return `${name}.${this.#format}`
  }

  /** SQL of a month: its first day in Parquet, `YYYY-MM` in CSV. */
  readonly month = (day: string): string => (this.#format === 'csv' ? `strftime(${day}, '%Y-%m')` : day)

  /**
   * Writes what a query gives, in its order, into a file of a party.
   *
   * @param options.encoding of a CSV file, default UTF-8
   * @param options.header other names of its columns, by the query's
   */
  async write(
    party: string,
    name: string,
    query: string,
    options: { readonly encoding?: 'gb18030' } = {},
  ): Promise<string> {
    const folder = join(this.root, party)
    await mkdir(folder, { recursive: true })
    const file = this.fileName(name)
    const path = join(folder, file)
    const kind =
      this.#format === 'csv' ? "(FORMAT csv, HEADER, DELIMITER ',')" : '(FORMAT parquet, COMPRESSION zstd)'
    await this.#session.run(`COPY (${query}) TO ${quoteText(path)} ${kind}`)
    if (this.#format === 'csv' && options.encoding === 'gb18030') {
      await writeFile(path, encodeGb18030(await readFile(path, 'utf8')))
    }
    return file
  }

  /** Writes a list of codes, one a line, sorted by code unit. */
  async writeList(name: string, query: string): Promise<void> {
    await this.#session.run(
      `COPY (${query}) TO ${quoteText(join(this.root, name))} (FORMAT csv, HEADER false)`,
    )
  }

  /** Writes a party's `data.yaml`. */
  async writeDataSection(
    { party, plays }: RawParty,
    data: {
      readonly catalogue?: readonly string[]
      readonly sources: readonly RawSource[]
      readonly features?: readonly object[]
    },
  ): Promise<void> {
    const sources = data.sources.map((source) =>
      this.#format === 'csv'
        ? { ...source, receivedOn: CALENDAR.snapshot }
        : { ...source, encoding: undefined, receivedOn: CALENDAR.snapshot },
    )
    const features = data.features ?? chosenFeatures(sources)
    const section = { data: { asOf: CALENDAR.asOf, ...data, sources, features } }
    const comment = ` Made-up data: ${plays}. Part of a configuration of \`yinxin provider\`.`
    await writeFile(join(this.root, party, 'data.yaml'), `#${comment}\n${stringify(section)}`)
  }

  /** Every file below the root with its size and hash, sorted by name. */
  async list(): Promise<WrittenFile[]> {
    const entries = await readdir(this.root, { recursive: true, withFileTypes: true })
    const names = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.root.length + 1))
      .sort()
    const files: WrittenFile[] = []
    for (const file of names) {
      const path = join(this.root, file)
      const hash = createHash('sha256')
      for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }))
        hash.update(chunk as Buffer)
      files.push({ file, bytes: (await stat(path)).size, sha256: hash.digest('hex') })
    }
    return files
  }
}

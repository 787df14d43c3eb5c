import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DuckDBConnection, DuckDBDataChunk, DuckDBInstance } from '@duckdb/node-api'
import type { RowAppender } from './row-appender.ts'

/** Bounds of one reading session. */
export interface SessionOptions {
  /** Worker threads of the table reader, default 1 (a work session 2): a provider shares its machine with others. */
  readonly threads?: number
  /** Memory limit in MB, default 512 (a work session 1024); beyond it the reader spills into `spillDirectory`. */
  readonly memoryMb?: number
  /** Default: the system's folder for temporary files. Each session makes a folder of its own in it when it must spill. */
  readonly spillDirectory?: string
}

/** One DuckDB session. It reads and writes local files and nothing else: no extension can be fetched, no setting changed. */
export interface Session {
  /** Runs a statement for its effect. */
  run(sql: string): Promise<void>
  /** Streams a query's result chunk by chunk, in row order. */
  chunks(sql: string): AsyncGenerator<DuckDBDataChunk>
  /** Path of a folder of this session alone (mode 0700), removed with all that is in it when the session closes. */
  folder(): string
  /** Appends rows to a table of the session; the caller closes it. */
  append(table: string): Promise<RowAppender>
  /** Breaks off the statement under way; its call then fails. */
  interrupt(): void
  close(): void
}

/** Opens a session whose tables stand in memory; the caller closes it. */
export async function openSession(options: SessionOptions = {}): Promise<Session> {
  return open(':memory:', new PrivateFolder(options.spillDirectory), {
    threads: options.threads ?? 1,
    memoryMb: options.memoryMb ?? 512,
  })
}

/** Opens a session whose tables stand in a private temporary file, for tables larger than memory; the caller closes it. */
export async function openWorkSession(options: SessionOptions = {}): Promise<Session> {
  const folder = new PrivateFolder(options.spillDirectory)
  return open(join(folder.path(), 'work.duckdb'), folder, {
    threads: options.threads ?? 2,
    memoryMb: options.memoryMb ?? 1024,
  })
}

/** A session for SQL that others wrote: it reaches no file, no network and no setting, only the tables put into it. */
export interface SealedSession extends Session {
  /** Puts rows into a table that stands in the session, their columns in the table's order. */
  fill(table: string, chunks: AsyncIterable<DuckDBDataChunk>): Promise<void>
}

const SEALED = { enable_external_access: 'false', max_temp_directory_size: '16GB' }

/** Opens a sealed session, its tables in memory; the caller closes it. */
export async function openSealedSession(options: SessionOptions = {}): Promise<SealedSession> {
  return open(
    ':memory:',
    new PrivateFolder(options.spillDirectory),
    { threads: options.threads ?? 1, memoryMb: options.memoryMb ?? 512 },
    SEALED,
  )
}

/**
 * Opens a sealed session for looking at plans of queries over empty tables: nothing is inferred from what the tables hold, and
 * filters stay where they are, so that a scan names every column that the query needs.
 */
export async function openPlanSession(): Promise<SealedSession> {
  return open(
    ':memory:',
    new PrivateFolder(),
    { threads: 1, memoryMb: 256 },
    {
      ...SEALED,
      disabled_optimizers: 'statistics_propagation,filter_pushdown,empty_result_pullup',
    },
  )
}

async function open(
  database: string,
  folder: PrivateFolder,
  bounds: { readonly threads: number; readonly memoryMb: number },
  settings: Readonly<Record<string, string>> = {},
): Promise<SealedSession> {
  let instance: DuckDBInstance
  let connection: DuckDBConnection
  try {
    // At first use: the library takes tens of megabytes that a node without tables has no use for.
    const library = await import('@duckdb/node-api')
    instance = await library.DuckDBInstance.create(database, {
      threads: String(bounds.threads),
      memory_limit: `${bounds.memoryMb}MB`,
      temp_directory: join(folder.path(), 'spill'),
      preserve_insertion_order: 'true',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
      lock_configuration: 'true',
      ...settings,
    })
    connection = await instance.connect()
  } catch (cause) {
    folder.remove()
    throw cause
  }
  return {
    async run(sql) {
      await connection.run(sql)
    },
    async *chunks(sql) {
      const result = await connection.stream(sql)
      for (;;) {
        const chunk = await result.fetchChunk()
        if (chunk === null || chunk.rowCount === 0) return
        yield chunk
      }
    },
    interrupt: () => connection.interrupt(),
    folder: () => folder.path(),
    async fill(table, chunks) {
      const appender = await connection.createAppender(table)
      try {
        for await (const chunk of chunks) appender.appendDataChunk(chunk)
      } finally {
        appender.closeSync()
      }
    },
    async append(table) {
      const { ChunkAppender } = await import('./row-appender.ts')
      return new ChunkAppender(await connection.createAppender(table))
    },
    close() {
      connection.closeSync()
      instance.closeSync()
      folder.remove()
    },
  }
}

const FOLDER_NAME = 'yinxin-work-'
const openFolders = new Set<string>()
const removeAll = (): void => {
  for (const path of openFolders) rmSync(path, { recursive: true, force: true })
}

/** Records of enterprises lie in it: nobody else may look in, and it must not outlive the process that forgot to close. */
class PrivateFolder {
  readonly #path: string

  constructor(parent: string = tmpdir()) {
    this.#path = mkdtempSync(join(parent, FOLDER_NAME))
    if (openFolders.size === 0) process.once('exit', removeAll)
    openFolders.add(this.#path)
  }

  path(): string {
    return this.#path
  }

  remove(): void {
    rmSync(this.#path, { recursive: true, force: true })
    openFolders.delete(this.#path)
    if (openFolders.size === 0) process.removeListener('exit', removeAll)
  }
}

/**
 * Removes the private folders that sessions of killed processes left: they hold records.
 *
 * @param parent a `spillDirectory` that belongs to this process alone; sessions of other processes in it would lose their tables
 */
export function removeLeftFolders(parent: string): void {
  for (const name of readdirSync(parent)) {
    const path = join(parent, name)
    if (name.startsWith(FOLDER_NAME) && !openFolders.has(path)) rmSync(path, { recursive: true, force: true })
  }
}

/** Runs `work` with a session of its own and closes it whatever happens. */
export async function withSession<T>(
  options: SessionOptions | undefined,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openSession(options)
  try {
    return await work(session)
  } finally {
    session.close()
  }
}

/** The one number that a query gives. */
export async function numberFrom(session: Session, sql: string): Promise<number> {
  for await (const chunk of session.chunks(sql)) return Number(chunk.getColumnVector(0).getItem(0))
  throw new Error('a query for one number gave no row')
}

/** A text as an SQL literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** The path of exactly this file as an SQL literal: the table reader takes `*`, `?` and `[` in a path for a pattern. */
export function quotePath(path: string): string {
  return quoteText(path.replace(/[*?[]/g, '[$&]'))
}

/** A name as an SQL identifier. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

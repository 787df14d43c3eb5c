import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, type DuckDBDataChunk, DuckDBInstance } from '@duckdb/node-api'

/** Bounds of one reading session. */
export interface SessionOptions {
  /** Worker threads of the table reader, default 1: a provider shares its machine with others. */
  readonly threads?: number
  /** Memory limit in MB, default 512; beyond it the reader spills into `spillDirectory`. */
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
  close(): void
}

// Spill files of two sessions in one folder would overwrite each other.
let sessions = 0

/** Opens a session; the caller closes it. */
export async function openSession(options: SessionOptions = {}): Promise<Session> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(options.threads ?? 1),
    memory_limit: `${options.memoryMb ?? 512}MB`,
    temp_directory: join(options.spillDirectory ?? tmpdir(), `yinxin-spill-${process.pid}-${++sessions}`),
    preserve_insertion_order: 'true',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    lock_configuration: 'true',
  })
  const connection: DuckDBConnection = await instance.connect()
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
    close() {
      connection.closeSync()
      instance.closeSync()
    },
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

/** A text as an SQL literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** A name as an SQL identifier. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** The PostgreSQL that tests may use: a schema of their own in it. */
import pg from 'pg'

const DEFAULT = 'postgres://postgres@127.0.0.1:5432/test'

/** The server's address, null if it does not answer. */
export async function reachablePostgres(): Promise<string | null> {
  const url = process.env.YINXIN_TEST_POSTGRES ?? DEFAULT
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  try {
    await client.connect()
    await client.query('SELECT 1')
    return url
  } catch {
    return null
  } finally {
    await client.end().catch(() => {})
  }
}

export function postgresUrl(server: string, schema: string): string {
  const url = new URL(server)
  url.searchParams.set('options', `-c search_path=${schema}`)
  return url.toString().replaceAll('+', '%20')
}

export async function dropSchema(server: string, schema: string): Promise<void> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
  await client.end()
}

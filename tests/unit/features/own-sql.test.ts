import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { parseCards } from '../../../features/extract/card-check.ts'
import { createFeatureSet } from '../../../features/extract/feature-set.ts'
import { createOwnSet } from '../../../features/extract/own-sql.ts'
import {
  type CatalogueClass,
  extractFeatures,
  type FeatureCard,
  type FeatureSet,
  loadBuiltinSets,
  loadCatalogue,
  loadOwnSet,
  runOwnSql,
  type SqlLimits,
} from '../../../features/index.ts'
import { openSealedSession, withSession } from '../../../features/source/session.ts'
import { type Cell, integersOf, makeRecords } from './extract-fixtures.ts'
import { expectFault, temporaryFolder, writeFolder } from './fixtures.ts'

const base = temporaryFolder()

let classes: ReadonlyMap<string, CatalogueClass>
let water: CatalogueClass
let penalty: CatalogueClass
beforeAll(async () => {
  classes = (await loadCatalogue()).classes
  water = classes.get('water_usage') as CatalogueClass
  penalty = classes.get('admin_penalty') as CatalogueClass
})

const card = (name: string, more: Partial<FeatureCard> = {}): FeatureCard => ({
  name,
  title: { zh: name, en: name },
  meaning: { zh: name, en: name },
  window: 'all',
  unit: 'bills',
  direction: 'free',
  kind: 'numeric',
  decimals: 0,
  ...more,
})
const bills = [card('bills')]

const bill = (uscc: string, month: string, more: Record<string, Cell> = {}): Record<string, Cell> => ({
  uscc,
  enterprise_name: '甲',
  water_account_name: '甲',
  water_account_no: `${uscc}1`,
  bill_month: `${month}-01`,
  usage_m3: 12.5,
  amount_due_yuan: 40,
  amount_paid_yuan: 40,
  due_date: `${month}-25`,
  paid_date: `${month}-20`,
  ...more,
})

async function run(
  set: FeatureSet,
  records: Record<string, Cell>[] = [bill('A', '2025-05'), bill('A', '2025-06'), bill('B', '2025-06')],
  limits: SqlLimits = {},
) {
  return withSession({}, async (session) => {
    await makeRecords(session, water, 'accepted', records)
    return extractFeatures(session, {
      set,
      records: { water_usage: 'accepted' },
      asOf: '2025-06-30',
      limits,
    })
  })
}

const own = (sql: string, cards: readonly FeatureCard[] = bills): Promise<FeatureSet> =>
  createOwnSet('own.sql', sql, cards, [water])

describe('a provider brings SQL and cards', () => {
  const SQL = `-- Bills of an enterprise.
    WITH recent AS (SELECT * FROM water_usage WHERE bill_month > getvariable('as_of') - INTERVAL 1 YEAR)
    SELECT uscc, count(*) AS bills, sum(usage_m3) AS volume,
      CASE WHEN bool_or(paid_date IS NULL) THEN 'open' ELSE 'paid' END AS state
    FROM recent GROUP BY uscc;
  `
  const CARDS = [
    ...bills,
    card('volume', { unit: 'm3', decimals: 1 }),
    card('state', { kind: 'categorical', categories: ['paid', 'open'] }),
  ]

  test('features, identity and order of ids are those of any extractor', async () => {
    const dir = writeFolder(base, { 'own.sql': SQL, 'own.cards.json': CARDS })
    const files = { sql: join(dir, 'own.sql'), cards: join(dir, 'own.cards.json'), klass: water }
    const set = await loadOwnSet(files)
    expect(set).toMatchObject({ class: 'water_usage', origin: 'own', identity: { name: 'sql:own.sql' } })
    expect(set.identity.hash).toMatch(/^[0-9a-f]{64}$/)
    const later = bill('B', '2025-06', { water_account_no: 'B2', paid_date: '2025-07-03' })
    const records = [bill('B', '2025-06'), later, bill('A', '2025-05'), bill('B', '2025-07')]
    const { identity, table } = await withSession({}, async (session) => {
      await makeRecords(session, water, 'accepted', records)
      return runOwnSql(session, { ...files, records: { water_usage: 'accepted' }, asOf: '2025-06-30' })
    })
    expect(identity).toEqual(set.identity)
    expect(table.ids).toEqual(['A', 'B'])
    expect(integersOf(table)).toEqual({
      A: { bills: 1, volume: 125, state: 0 },
      B: { bills: 2, volume: 250, state: 1 },
    })
  })

  test('the view holds neither what came later nor what no feature may be made of', async () => {
    await expectFault(
      own('SELECT uscc, count(enterprise_name) AS bills FROM water_usage GROUP BY uscc'),
      'YX_FEATURES_OWN_SQL_REFUSED',
      'enterprise_name',
    )
    await expectFault(
      createOwnSet(
        'own.sql',
        'SELECT uscc, count(legal_rep_id_number) AS bills FROM admin_penalty GROUP BY uscc',
        bills,
        [penalty],
      ),
      'YX_FEATURES_OWN_SQL_REFUSED',
    )
    const set = await own(
      'SELECT uscc, count(paid_date) + count(amount_paid_yuan) AS bills FROM water_usage GROUP BY uscc',
    )
    const records = [bill('A', '2025-06', { paid_date: '2025-07-02' }), bill('A', '2025-08')]
    expect(integersOf(await run(set, records))).toEqual({ A: { bills: 0 } })
  })

  test("a class of the provider's own is cut at the day like any other", async () => {
    const field = (name: string, type: 'uscc' | 'text' | 'date' | 'integer', required: boolean) =>
      ({ ...water.fields[0], name, type, required, modelUse: 'feature', grade: 'G2' }) as const
    const klass: CatalogueClass = {
      ...water,
      code: 'heating_usage',
      key: ['uscc', 'season'],
      fields: [
        field('uscc', 'uscc', true),
        field('season', 'text', true),
        field('due_date', 'date', true),
        field('paid_date', 'date', false),
        field('amount_paid_yuan', 'integer', false),
      ],
      rules: [],
    }
    const sql =
      'SELECT uscc, 100 * count(*) + 10 * count(paid_date) + count(amount_paid_yuan) AS bills FROM heating_usage GROUP BY uscc'
    const set = await createOwnSet('own.sql', sql, bills, [klass])
    const season = (due: string, paid: string | null) => ({
      uscc: 'A',
      season: due,
      due_date: due,
      paid_date: paid,
      amount_paid_yuan: 5,
    })
    const table = await withSession({}, async (session) => {
      await makeRecords(session, klass, 'heating', [
        season('2024-11-01', '2024-11-20'),
        season('2025-05-01', '2025-07-01'),
        season('2025-11-01', '2025-06-01'),
      ])
      const records = { heating_usage: 'heating' }
      return extractFeatures(session, { set, records, asOf: '2025-06-30' })
    })
    expect(integersOf(table)).toEqual({ A: { bills: 211 } })
  })

  test('the files of the how-to do what it says', async () => {
    const page = readFileSync(new URL('../../../docs/how-to/bring-your-own-sql.md', import.meta.url), 'utf8')
    const block = (language: string): string => page.split(`\`\`\`${language}\n`)[1].split('```')[0]
    const set = await createOwnSet('own.sql', block('sql'), parseCards(block('json'), 'own'), [water])
    const late = bill('A', '2025-04', { paid_date: '2025-06-01' })
    expect(integersOf(await run(set, [bill('A', '2025-05'), late, bill('A', '2025-03')]))).toEqual({
      A: { late_share_24m: 333, bill_state: 0 },
    })
  })

  test("every built-in extractor would pass as a provider's own", async () => {
    for (const set of (await loadBuiltinSets(classes)).values()) {
      // The account's name against the enterprise's is the one feature from a field that only reports may show.
      const sql = set.sql.replace(/\w+_account_name <> enterprise_name/, 'false')
      const passed = await createOwnSet('own.sql', sql, set.cards, set.classes)
      expect(passed.cards).toEqual(set.cards)
    }
  })
})

describe('refused before any record is near', () => {
  const refuse = (sql: string, ...parts: string[]): Promise<void> =>
    expectFault(own(sql), 'YX_FEATURES_OWN_SQL_REFUSED', 'own.sql', ...parts)

  test.each([
    ['', 'has 0 statements'],
    ['SELECT uscc, 1 AS bills FROM water_usage; SELECT 2', 'has 2 statements'],
    ['SELEC uscc', 'does not parse'],
    ["COPY (SELECT 1) TO '/tmp/out.csv'", 'Only SELECT'],
    ["ATTACH '/tmp/other.duckdb' AS other", 'Only SELECT'],
    ['INSTALL httpfs', 'Only SELECT'],
    ['SET threads = 9', 'Only SELECT'],
    ['PRAGMA database_list', 'Only SELECT'],
    ['CREATE TABLE t AS SELECT 1', 'Only SELECT'],
    ['DROP TABLE water_usage', 'Only SELECT'],
    ["SELECT * FROM read_csv('/etc/passwd')", 'the table function "read_csv"'],
    ["SELECT * FROM read_text('/etc/passwd')", 'the table function "read_text"'],
    ["SELECT * FROM '/etc/passwd'", 'the table "/etc/passwd"'],
    ["SELECT * FROM (SELECT * FROM glob('/*')) g", 'the table function "glob"'],
    ["SELECT uscc, (SELECT count(*) FROM read_blob('/etc/passwd')) AS bills FROM water_usage", '"read_blob"'],
    ["WITH w AS (FROM read_parquet('http://example.org/x')) SELECT * FROM w", '"read_parquet"'],
    ["SELECT * FROM query('SELECT 1')", '"query"'],
    ['SELECT * FROM duckdb_settings()', '"duckdb_settings"'],
    ['SELECT * FROM main.water_usage', 'of a schema'],
    ['SELECT * FROM information_schema.tables', 'of a schema'],
    ['SELECT * FROM gas_usage', 'the table "gas_usage"'],
    ['SELECT * FROM (SHOW TABLES)', 'SHOW_REF'],
    ['SELECT uscc, random() AS bills FROM water_usage', 'the function "random"'],
    ['SELECT uscc, 1 AS bills FROM water_usage ORDER BY uuid()', 'the function "uuid"'],
    ['SELECT uscc, 1 AS bills FROM water_usage TABLESAMPLE 10%', 'a sample'],
    ['SELECT uscc, today() - max(bill_month) AS bills FROM water_usage GROUP BY ALL', 'the function "today"'],
    ['SELECT uscc, current_date - max(bill_month) AS bills FROM water_usage GROUP BY ALL', '"current_date"'],
    ['SELECT uscc, age(max(bill_month)) AS bills FROM water_usage GROUP BY ALL', 'the function "age"'],
    ["SELECT uscc, current_setting('temp_directory') AS bills FROM water_usage", '"current_setting"'],
    ['SELECT uscc, sleep_ms(1000) AS bills FROM water_usage', '"sleep_ms"'],
    ['SELECT uscc, write_log(uscc) AS bills FROM water_usage', '"write_log"'],
    [
      "SELECT uscc, list_aggregate([1, 2], 'reservoir_quantile', 0.5) AS bills FROM water_usage",
      'list_aggregate',
    ],
    ["SELECT uscc, array_aggr([1, 2], 'approx_quantile', 0.5) AS bills FROM water_usage", 'array_aggr'],
    ['SELECT uscc, no_such(1) AS bills FROM water_usage', '"no_such"'],
    ['SELECT uscc, kaboom AS bills FROM water_usage', 'kaboom'],
  ])('%s', async (sql, part) => {
    await refuse(sql, part)
  })

  test.each([
    ['SELECT count(*) AS bills FROM water_usage', 'column "uscc"'],
    ['SELECT 1 AS uscc, count(*) AS bills FROM water_usage', 'column "uscc"'],
    ['SELECT uscc FROM water_usage', 'column "bills"', 'no column'],
    ['SELECT uscc, 1 AS bills, 2 AS more FROM water_usage', 'column "more"', 'no card'],
    ["SELECT uscc, 'x' AS bills FROM water_usage", 'column "bills"', 'VARCHAR'],
    ['SELECT uscc, true AS bills FROM water_usage', 'column "bills"', 'BOOLEAN'],
  ])('%s', async (sql, ...parts) => {
    await expectFault(own(sql), 'YX_FEATURES_OWN_SQL_COLUMNS', ...parts)
  })

  test('files that are not there, or are no text', async () => {
    const dir = writeFolder(base, { 'own.sql': Buffer.from([0x53, 0xff, 0xfe]), 'own.cards.json': bills })
    const files = { sql: join(dir, 'own.sql'), cards: join(dir, 'own.cards.json'), klass: water }
    await expectFault(loadOwnSet(files), 'YX_FEATURES_ENCODING_INVALID', 'own.sql')
    await expectFault(loadOwnSet({ ...files, sql: join(dir, 'x.sql') }), 'YX_FEATURES_FILE_MISSING', 'x.sql')
  })
})

describe('while it runs', () => {
  test('rows are one an enterprise, values are numbers that fit, cells are not repeated', async () => {
    const twice = await own('SELECT uscc, 1 AS bills FROM water_usage')
    await expectFault(run(twice), 'YX_FEATURES_FEATURE_ID_INVALID', 'two rows')
    const nobody = await own('SELECT NULL::VARCHAR AS uscc, 1 AS bills')
    await expectFault(run(nobody), 'YX_FEATURES_FEATURE_ID_INVALID', 'without an enterprise')
    const infinite = await own("SELECT uscc, 'inf'::DOUBLE AS bills FROM water_usage GROUP BY uscc")
    await expectFault(run(infinite), 'YX_FEATURES_FEATURE_VALUE_INVALID', '"bills"', 'no finite number')
    const large = 'SELECT uscc, 3000000000 AS bills FROM water_usage GROUP BY uscc'
    await expectFault(run(await own(large)), 'YX_FEATURES_FEATURE_VALUE_INVALID', '32 bits')
    const clamped = await own(large, [card('bills', { range: [0, 100] })])
    expect(integersOf(await run(clamped)).A).toEqual({ bills: 100 })
    const state = [card('bills', { kind: 'categorical', categories: ['x'] })]
    const category = await own("SELECT uscc, 'y' AS bills FROM water_usage GROUP BY uscc", state)
    await expectFault(run(category), 'YX_FEATURES_FEATURE_VALUE_INVALID', 'category')
    const cast = await own(
      'SELECT uscc, max(water_account_no::INTEGER) AS bills FROM water_usage GROUP BY uscc',
    )
    const fault = await run(cast).catch((cause) => cause)
    expect(fault.code).toBe('YX_FEATURES_EXTRACTION_STOPPED')
    expect(fault.message).toContain('(Conversion Error)')
    expect(fault.message).not.toContain('A1')
  })

  test('it is rounded half away from zero and missing where NULL', async () => {
    const set = await own(
      "SELECT uscc, CASE uscc WHEN 'A' THEN -2.5 WHEN 'B' THEN 2.5 END AS bills FROM water_usage GROUP BY uscc",
    )
    const records = ['A', 'B', 'C'].map((uscc) => bill(uscc, '2025-06'))
    expect(integersOf(await run(set, records))).toEqual({
      A: { bills: -3 },
      B: { bills: 3 },
      C: { bills: null },
    })
  })

  const ENDLESS = `SELECT uscc, count(*) AS bills FROM water_usage, range(10000000) a, range(10000000) b
    WHERE hash(a.range, b.range) = 5 GROUP BY uscc`

  test('it is stopped when its time is over', async () => {
    const start = performance.now()
    const set = await own(ENDLESS)
    await expectFault(run(set, undefined, { seconds: 0.3 }), 'YX_FEATURES_OWN_SQL_TOO_SLOW', '0.3 seconds')
    expect(performance.now() - start).toBeLessThan(5000)
  })

  test('it is stopped when it asks for more than its memory', async () => {
    const set = await own("SELECT 'A' AS uscc, len(list(range)) AS bills FROM range(60000000)")
    await expectFault(
      run(set, undefined, { memoryMb: 48 }),
      'YX_FEATURES_EXTRACTION_STOPPED',
      'Out of Memory Error',
    )
  })
})

describe('the sealed session holds also against SQL that no check has seen', () => {
  const target = join(base, 'stolen.csv')
  const ATTEMPTS = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT content FROM read_text('/etc/passwd')",
    "SELECT * FROM glob('/etc/*')",
    `COPY (SELECT 1) TO '${target}'`,
    `ATTACH '${join(base, 'stolen.duckdb')}' AS other`,
    `EXPORT DATABASE '${join(base, 'stolen')}'`,
    'INSTALL httpfs',
    'LOAD httpfs',
    'SET threads = 9',
    'SET enable_external_access = true',
    "PRAGMA memory_limit = '9GB'",
  ]

  test('no file, no network, no setting', async () => {
    const sealed = await openSealedSession()
    try {
      for (const sql of ATTEMPTS) await expect(sealed.run(sql), sql).rejects.toThrow(/Error/)
    } finally {
      sealed.close()
    }
    expect(existsSync(target)).toBe(false)
  })

  test('a set that went round the check reads nothing either', async () => {
    const sql = "SELECT content AS uscc, 1 AS bills FROM read_text('/etc/hostname')"
    const set = createFeatureSet({ name: 'sql:x', sql, cards: bills, classes: [water], origin: 'own' })
    await expectFault(run(set), 'YX_FEATURES_EXTRACTION_STOPPED', 'Permission Error')
  })

  test('control: an open session carries out what the sealed one refuses', async () => {
    const file = join(base, 'read.csv')
    writeFileSync(file, 'a\n1\n')
    await withSession({}, async (session) => {
      await session.run(`SELECT * FROM read_csv('${file}')`)
      await session.run(`COPY (SELECT 1) TO '${target}'`)
    })
    expect(existsSync(target)).toBe(true)
  })
})

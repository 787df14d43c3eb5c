/** What a provider's own SQL is made of, read from the tree that DuckDB's own parser makes of it. */

/** Kinds of clauses and sources that a SELECT may have; everything else, such as SHOW, is refused. */
const CLAUSES: ReadonlySet<string> = new Set([
  ...['SELECT_NODE', 'SET_OPERATION_NODE', 'CTE_NODE'],
  ...['LIMIT_MODIFIER', 'LIMIT_PERCENT_MODIFIER', 'ORDER_MODIFIER', 'DISTINCT_MODIFIER'],
  ...['ORDER_DEFAULT', 'ORDER_ASCENDING', 'ASCENDING', 'DESCENDING'],
  ...['BASE_TABLE', 'SUBQUERY', 'JOIN', 'TABLE_FUNCTION', 'EXPRESSION_LIST', 'EMPTY'],
])

const TABLE_FUNCTIONS: ReadonlySet<string> = new Set(['unnest', 'range', 'generate_series'])

/** Words that the parser takes for columns, and that stand for the clock or the session. */
const SESSION_WORDS: ReadonlySet<string> = new Set([
  ...['current_date', 'current_time', 'current_timestamp', 'localtime', 'localtimestamp'],
  ...['user', 'current_user', 'session_user', 'current_role', 'current_schema', 'current_catalog'],
])

/** Functions that their list calls constant although they look at the clock, the session, or a sample; or that run SQL. */
const UNSTEADY_FUNCTIONS: ReadonlySet<string> = new Set([
  ...[
    'age',
    'current_setting',
    'current_localtime',
    'current_localtimestamp',
    'version',
    'reservoir_quantile',
  ],
  ...[
    'approx_count_distinct',
    'approx_quantile',
    'approx_top_k',
    'json_serialize_sql',
    'json_deserialize_sql',
  ],
  // They take the name of a function as a text, so that none of this list could be told.
  ...['list_aggregate', 'list_aggr', 'array_aggregate', 'array_aggr', 'aggregate'],
  ...[
    'list_approx_count_distinct',
    'json_serialize_plan',
    'parse_duckdb_log_message',
    'in_search_path',
    'txid_current',
  ],
])

/** Macros of the table reader whose result is decided by their arguments. */
const MACROS: ReadonlySet<string> = new Set([
  ...['nullif', 'split_part', 'fdiv', 'fmod', 'round_even', 'roundbankers', 'date_add', 'days_in_month'],
  ...['geomean', 'geometric_mean', 'wavg', 'weighted_avg', 'map_contains_entry', 'map_contains_value'],
])

type Tree = Readonly<Record<string, unknown>>

/**
 * Looks for what a SELECT on views may not have: other tables, files, the clock, chance, the session.
 *
 * @param statements the list `statements` of `json_serialize_sql`
 * @param tables names of the views
 * @param steady names of all functions whose result their arguments decide, as the table reader lists them
 */
export function syntaxFault(
  statements: readonly unknown[],
  tables: ReadonlySet<string>,
  steady: ReadonlySet<string>,
): string | null {
  const named = new Set([...tables].map((name) => name.toLowerCase()))
  forEachTree(statements, (tree) => {
    const { map } = tree
    if (Array.isArray(map)) for (const { key } of map) named.add(String(key).toLowerCase())
    return null
  })
  return forEachTree(statements, (tree) => treeFault(tree, named, steady))
}

function forEachTree(value: unknown, look: (tree: Tree) => string | null): string | null {
  if (typeof value !== 'object' || value === null) return null
  if (!Array.isArray(value)) {
    const fault = look(value as Tree)
    if (fault !== null) return fault
  }
  for (const part of Object.values(value)) {
    const fault = forEachTree(part, look)
    if (fault !== null) return fault
  }
  return null
}

function treeFault(tree: Tree, tables: ReadonlySet<string>, steady: ReadonlySet<string>): string | null {
  if (tree.sample !== undefined && tree.sample !== null) return 'a sample'
  if (tree.at_clause !== undefined && tree.at_clause !== null) return 'a table at another time'
  if (typeof tree.function_name === 'string') {
    const inTable = TABLE_FUNCTIONS.has(tree.function_name)
    return inTable ? null : functionFault(tree, steady)
  }
  if (tree.class === 'COLUMN_REF') return wordFault(tree.column_names)
  // Expressions have a class; parts of types and values have another kind of type.
  if (tree.class !== undefined || typeof tree.type !== 'string' || tree.type.endsWith('_TYPE_INFO'))
    return null
  if (!CLAUSES.has(tree.type)) return `the clause ${tree.type}`
  if (tree.type === 'BASE_TABLE') return tableFault(tree, tables)
  if (tree.type === 'TABLE_FUNCTION') {
    const name = String((tree.function as Tree | undefined)?.function_name)
    return TABLE_FUNCTIONS.has(name) ? null : `the table function "${name}"`
  }
  return null
}

function functionFault(tree: Tree, steady: ReadonlySet<string>): string | null {
  const name = String(tree.function_name).toLowerCase()
  const schema = tree.schema ?? ''
  if ((schema !== '' && schema !== 'main') || (tree.catalog ?? '') !== '')
    return `the function "${name}" of a schema`
  const allowed = MACROS.has(name) || /^(list|array)_/.test(name) || steady.has(name)
  return allowed && !UNSTEADY_FUNCTIONS.has(name) ? null : `the function "${name}"`
}

function wordFault(names: unknown): string | null {
  const [word, ...more] = Array.isArray(names) ? names.map((name) => String(name).toLowerCase()) : []
  return more.length === 0 && SESSION_WORDS.has(word) ? `the word "${word}"` : null
}

function tableFault(tree: Tree, tables: ReadonlySet<string>): string | null {
  const name = String(tree.table_name)
  if ((tree.schema_name ?? '') !== '' || (tree.catalog_name ?? '') !== '')
    return `the table "${name}" of a schema`
  return tables.has(name.toLowerCase()) ? null : `the table "${name}"`
}

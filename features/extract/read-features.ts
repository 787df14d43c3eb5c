import { featuresErrors } from '../errors.ts'
import { quoteName, quoteText, type Session } from '../source/session.ts'
import type { FeatureCard, FeatureTable } from './card-types.ts'

// Integers that no feature may have: they say why there is none.
const MISSING = -2_147_483_648
const NOT_FINITE = -2_147_483_647
const TOO_LARGE = -2_147_483_646
const NO_CATEGORY = -2_147_483_645
const LARGEST = 2_147_483_000

/** A feature's cell as the integer that its card says, in SQL, rounded half away from zero. */
function integerSql(card: FeatureCard): string {
  const cell = quoteName(card.name)
  if (card.kind === 'categorical') {
    const categories = `[${(card.categories ?? []).map(quoteText).join(', ')}]`
    return `CASE WHEN ${cell} IS NULL THEN ${MISSING} ELSE coalesce(nullif(list_position(${categories}, ${cell}), 0) - 1, ${NO_CATEGORY}) END::INTEGER`
  }
  const value = `${cell}::DOUBLE`
  const [low, high] = card.range ?? []
  const held = low === undefined ? value : `least(greatest(${value}, ${low}), ${high})`
  const scaled = `round(${held} * ${10 ** card.decimals})`
  return `CASE WHEN ${cell} IS NULL THEN ${MISSING} WHEN NOT isfinite(${value}) THEN ${NOT_FINITE} WHEN abs(${scaled}) > ${LARGEST} THEN ${TOO_LARGE} ELSE ${scaled} END::INTEGER`
}

/** Numbers in a growing array, so that a stream of unknown length needs no object a row. */
class GrowingColumn {
  values = new Int32Array(4096)
  present = new Uint8Array(4096)
  readonly card: FeatureCard

  constructor(card: FeatureCard) {
    this.card = card
  }

  reserve(size: number): void {
    if (size <= this.values.length) return
    const larger = Math.max(size, this.values.length * 2)
    const values = new Int32Array(larger)
    const present = new Uint8Array(larger)
    values.set(this.values)
    present.set(this.present)
    this.values = values
    this.present = present
  }
}

/**
 * Runs a query of features and reads its integers, enterprises sorted by id.
 *
 * @param query gives `uscc` and a column per card; other columns are left out
 * @param shown the extractor's name for messages
 * @throws YX_FEATURES_FEATURE_ID_INVALID, _FEATURE_VALUE_INVALID, _EXTRACTION_STOPPED
 */
export async function readFeatures(
  session: Session,
  query: string,
  cards: readonly FeatureCard[],
  shown: string,
): Promise<FeatureTable> {
  const cells = cards.map((card) => `, ${integerSql(card)}`).join('')
  const sql = `SELECT coalesce(uscc, '')${cells} FROM (\n${query}\n) ORDER BY uscc NULLS FIRST`
  const ids: string[] = []
  const columns = cards.map((card) => new GrowingColumn(card))
  for await (const chunk of withoutCells(session.chunks(sql), shown)) {
    const start = ids.length
    const idVector = chunk.getColumnVector(0)
    for (let row = 0; row < chunk.rowCount; row++) {
      const id = idVector.getItem(row) as string
      if (id === '') throw new featuresErrors.FeatureIdInvalid(shown, 'a row without an enterprise')
      if (id === ids[ids.length - 1]) {
        throw new featuresErrors.FeatureIdInvalid(shown, 'two rows of the same enterprise')
      }
      ids.push(id)
    }
    columns.forEach((column, index) => {
      const vector = chunk.getColumnVector(index + 1)
      column.reserve(ids.length)
      for (let row = 0; row < chunk.rowCount; row++) {
        const value = vector.getItem(row) as number
        if (value >= -LARGEST) {
          column.values[start + row] = value
          column.present[start + row] = 1
        } else if (value !== MISSING) throw valueFault(shown, column.card, value)
      }
    })
  }
  return {
    ids,
    columns: columns.map(({ card, values, present }) => ({
      card,
      values: values.slice(0, ids.length),
      present: present.slice(0, ids.length),
    })),
  }
}

/**
 * The table reader's own messages may repeat cells: of a refusal only its kind passes, such as "Conversion Error", unless it came
 * before any record was read.
 */
async function* withoutCells<T>(chunks: AsyncGenerator<T>, shown: string): AsyncGenerator<T> {
  try {
    yield* chunks
  } catch (cause) {
    const [line] = (cause as Error).message.split('\n', 1)
    const early = /^(Parser|Catalog|Binder) Error/.test(line)
    const kind = early ? line.slice(0, 200) : /^[A-Z][A-Za-z -]{0,40} Error/.exec(line)?.[0]
    throw new featuresErrors.ExtractionStopped(shown, kind ?? 'unknown reason')
  }
}

function valueFault(shown: string, card: FeatureCard, value: number): Error {
  const what =
    value === NOT_FINITE
      ? 'a value that is no finite number'
      : value === TOO_LARGE
        ? `a value that does not fit into 32 bits with ${card.decimals} decimals`
        : 'a category that its card does not list'
  return new featuresErrors.FeatureValueInvalid(shown, card.name, what)
}

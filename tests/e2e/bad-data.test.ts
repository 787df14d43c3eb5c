import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { exitCodes } from '../../server/exit-codes.ts'
import { filesBelow, runToEnd, temporaryFolder } from './launched.ts'
import { type SmallSet, smallSet, type Table, writeSet } from './small-set.ts'

interface Spoiled {
  /** What is wrong, done to the set before it is written or to the folder afterwards. */
  readonly spoil?: (set: SmallSet) => void
  readonly afterwards?: (folder: string) => Promise<void>
  readonly options?: readonly string[]
  readonly code: number
  readonly says: readonly (string | RegExp)[]
}

const { badDataSet, planRefused } = exitCodes
/** Row 7 of a table stands on line 8 of its file: the header is line 1. */
const onLine8 = ({ rows }: Table) => rows[6]
const fill = ({ rows }: Table, value: string | number) => {
  for (const row of rows) row[1] = value
}

const cases: Record<string, Spoiled> = {
  'a data folder that does not exist': {
    afterwards: (folder) => rm(folder, { recursive: true }),
    code: badDataSet.code,
    says: ['manifest.json', 'Rule:', 'Mend:', 'YX_FEATURES_MANIFEST_MISSING'],
  },
  'a manifest that is no JSON': {
    afterwards: (folder) => writeFile(join(folder, 'manifest.json'), '{\n  "name": "small",\n  parties\n}'),
    code: badDataSet.code,
    says: ['manifest.json line 3', 'Rule:', 'Mend:', 'YX_FEATURES_MANIFEST_NOT_JSON'],
  },
  'a missing party file': {
    afterwards: (folder) => rm(join(folder, 'water.csv')),
    code: badDataSet.code,
    says: ['water.csv', 'Rule:', 'Mend:', 'YX_FEATURES_FILE_MISSING'],
  },
  'a duplicate id': {
    spoil: ({ tables }) => {
      onLine8(tables.gas)[0] = tables.gas.rows[2][0]
    },
    code: badDataSet.code,
    says: ['gas.csv line 8', 'line 4', 'Rule:', 'Mend:', 'YX_FEATURES_ID_DUPLICATE'],
  },
  'an unknown column type': {
    spoil: ({ manifest }) => {
      manifest.parties[1].features[0].type = 'number'
    },
    code: badDataSet.code,
    says: ['parties[1].features[0].type', '"number"', 'Rule:', 'Mend:', 'YX_FEATURES_COLUMN_TYPE_UNKNOWN'],
  },
  'a non-numeric cell': {
    spoil: ({ tables }) => {
      onLine8(tables.housing)[1] = '1.2.3'
    },
    code: badDataSet.code,
    says: ['housing.csv line 8', '"amount"', 'Rule:', 'Mend:', 'YX_FEATURES_CELL_NOT_NUMERIC'],
  },
  'an infinite cell': {
    spoil: ({ tables }) => {
      onLine8(tables.housing)[1] = 'Infinity'
    },
    code: badDataSet.code,
    says: ['housing.csv line 8', '"amount"', 'finite', 'Mend:', 'YX_FEATURES_CELL_NOT_NUMERIC'],
  },
  'an empty label column': {
    spoil: ({ tables }) => fill(tables['bank-east'], ''),
    code: badDataSet.code,
    says: ['bank-east.csv', '"y"', 'Rule:', 'Mend:', 'YX_FEATURES_LABEL_COLUMN_EMPTY'],
  },
  'labels of one class': {
    spoil: ({ tables }) => {
      fill(tables['bank-east'], 0)
      fill(tables['bank-west'], 0)
    },
    code: badDataSet.code,
    says: ['bank-east.csv, bank-west.csv', '"y"', 'Rule:', 'Mend:', 'YX_FEATURES_LABEL_ONE_CLASS'],
  },
  'a label that is neither 0 nor 1': {
    spoil: ({ tables }) => {
      onLine8(tables['bank-west'])[1] = 2
    },
    code: badDataSet.code,
    says: ['bank-west.csv line 8', '"y"', 'Rule:', 'Mend:', 'YX_FEATURES_LABEL_NOT_BINARY'],
  },
  'more providers than columns': {
    options: ['--providers', '9'],
    code: badDataSet.code,
    says: ['8 columns over 9 providers', 'Rule:', 'Mend:', 'YX_FEATURES_PROVIDERS_OUT_OF_RANGE'],
  },
  'two providers without --allow-two': {
    options: ['--providers', '2'],
    code: planRefused.code,
    says: ['2 providers', 'Rule: at least 3', '--allow-two', 'YX_FEDERATION_TOO_FEW_PROVIDERS'],
  },
  'one provider, even with --allow-two': {
    options: ['--providers', '1', '--allow-two'],
    code: planRefused.code,
    says: ['1 providers', 'Rule: at least 2', 'Mend:', 'YX_FEDERATION_TOO_FEW_PROVIDERS'],
  },
  'two providers beside one of public data': {
    spoil: ({ manifest }) => {
      manifest.parties.pop()
      Object.assign(manifest.parties[0], { public: true })
    },
    code: planRefused.code,
    says: ['2 providers', 'Rule: at least 3', 'Mend:', 'YX_FEDERATION_TOO_FEW_PROVIDERS'],
  },
}

describe('a data set that is not usable stops everything before a process starts', () => {
  it.each(Object.entries(cases))('%s', async (_, { spoil, afterwards, options = [], code, says }) => {
    const set = smallSet(60)
    spoil?.(set)
    const folder = await writeSet(set, join(await temporaryFolder(), 'small'))
    await afterwards?.(folder)
    const state = await temporaryFolder()
    const run = await runToEnd(['start', '--data', folder, '--once', ...options], { state, quiet: true })
    for (const part of says) expect(run.stderr).toMatch(part)
    expect(run.exit.code).toBe(code)
    expect(run.stdout).toBe('')
    expect(run.stderr, 'a message, not a stack').not.toMatch(/\n\s+at /)
    expect(await filesBelow(state), 'no node folder, no database').toEqual([])
  })
})

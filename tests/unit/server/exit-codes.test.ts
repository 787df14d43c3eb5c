import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exitCodeOf } from '../../../server/cli/exit-code-of.ts'
import { type ExitCode, exitCodes } from '../../../server/exit-codes.ts'

const page = readFileSync(join(import.meta.dirname, '../../../docs/reference/exit-codes.md'), 'utf8')
const codes = Object.entries<ExitCode>(exitCodes)

test('registry and page agree both ways, in order', () => {
  const headings = [...page.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)
  expect(headings).toEqual(codes.map(([name, { code, title }]) => `${code} ${name}: ${title}`))
})

test('each paragraph says what happened and how to mend it', () => {
  for (const section of page.split(/^## /m).slice(1)) {
    expect(section).toMatch(/\*\*What happened\.\*\* \S.*\n\n\*\*How to mend\.\*\* \S/)
  }
})

test('numbers fit an exit status and none has two meanings', () => {
  const numbers = codes.map(([, { code }]) => code)
  expect(new Set(numbers).size).toBe(numbers.length)
  for (const number of numbers) expect(number >= 0 && number <= 255 && Number.isInteger(number)).toBe(true)
})

test.each([
  ['YX_FEATURES_ID_EMPTY', 'badDataSet'],
  ['YX_FEATURES_OUTCOME_ONE_CLASS', 'badDataSet'],
  ['YX_FEATURES_OUTCOME_DEFINITION_INVALID', 'badConfiguration'],
  ['YX_FEATURES_AS_OF_INVALID', 'badConfiguration'],
  ['YX_FEATURES_DATABASE_LOGIN_REFUSED', 'badConfiguration'],
  ['YX_FEATURES_DATABASE_BROKEN', 'sourceSilent'],
  ['YX_FEATURES_SOURCE_CHANGED', 'sourceSilent'],
  ['YX_FEDERATION_PARTY_LOST', 'partySilent'],
  ['YX_SERVER_MODEL_STATE', 'modelStepRefused'],
  ['YX_SERVER_MODEL_UNKNOWN', 'usage'],
  ['YX_SERVER_MODEL_REFUSED', 'modelRefused'],
  ['YX_ELSEWHERE', 'failure'],
  [undefined, 'failure'],
] as const)('%s ends with the code of its longest prefix', (code, name) => {
  expect(exitCodeOf(code)).toBe(exitCodes[name].code)
})

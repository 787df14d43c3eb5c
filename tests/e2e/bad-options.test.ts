import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { exitCodes } from '../../server/exit-codes.ts'
import { filesBelow, runToEnd, temporaryFolder } from './launched.ts'
import { smallSet, writeSet } from './small-set.ts'

let data = ''
beforeAll(async () => {
  data = await writeSet(smallSet(300), join(await temporaryFolder(), 'small'))
})

/** Runs with a state folder of its own, which has to stay untouched: nothing may start on a wrong command line. */
async function refusal(args: readonly string[]) {
  const state = await temporaryFolder()
  const { exit, stdout, stderr } = await runToEnd(args, { state, quiet: true })
  expect(await filesBelow(state), 'the state folder is untouched').toEqual([])
  expect(stdout, 'nothing on stdout').toBe('')
  return { code: exit.code, stderr }
}

describe('a wrong command line ends with code 2 before anything starts', () => {
  it.concurrent.each([
    ['--noise', '-1', /--noise.*'-1'.*at least 0/s],
    ['--noise', 'Infinity', /--noise.*'Infinity'.*finite/s],
    ['--noise', 'NaN', /--noise.*'NaN'.*finite/s],
    ['--noise', 'abc', /--noise.*'abc'.*finite/s],
    ['--rounds', '0', /--rounds.*'0'.*positive/s],
    ['--rounds', '1.5', /--rounds.*'1\.5'.*whole/s],
    ['--rounds', '-3', /--rounds.*'-3'.*positive/s],
    ['--bins', '1', /--bins.*'1'.*at least 2/s],
    ['--lambda', '0', /--lambda.*'0'.*positive/s],
    ['--target-pd', '0', /--target-pd.*'0'/s],
    ['--target-pd', '2', /--target-pd.*'2'.*below 1/s],
    ['--providers', '0', /--providers.*'0'.*positive/s],
    ['--report', '/no/such/folder/report.json', /--report.*folder that exists/s],
    ['--port', '99999', /--port.*'99999'.*65535/s],
    ['--suite', 'rot13', /--suite.*'rot13'.*international, national/s],
  ])('%s %s', async (option, value, message) => {
    const { code, stderr } = await refusal(['start', '--data', data, '--once', option, value])
    expect(stderr).toMatch(message)
    expect(code).toBe(exitCodes.usage.code)
  })

  it.concurrent.each([
    ['an unknown option', ['start', '--nosie', '0'], /unknown option '--nosie'.*--noise/s],
    ['an unknown command', ['strat'], /unknown command 'strat'.*start/s],
    ['an argument too many', ['start', 'data'], /too many arguments/],
  ])('%s', async (_, args, message) => {
    const { code, stderr } = await refusal(args)
    expect(stderr).toMatch(message)
    expect(code).toBe(exitCodes.usage.code)
  })
})

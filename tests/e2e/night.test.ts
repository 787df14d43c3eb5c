/** A night of real processes after a run: the same totals from data that did not change, and a department that is away. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { NightReport } from '../../server/night/night-service.ts'
import { Operator } from '../../server/operator/operator.ts'
import { readOperatorToken } from '../../server/operator/token.ts'
import { filesBelow, freePort, launch, runToEnd, temporaryFolder } from './launched.ts'
import { smallSet, writeSet } from './small-set.ts'

it('scores the roster again, carries a stopped department over with its date, and takes it back', async () => {
  const set = smallSet(1200, 4)
  const subject = String(set.tables.tax.rows[0][0])
  const state = await temporaryFolder()
  const data = await writeSet(set, join(await temporaryFolder(), 'small'))
  const port = String(await freePort())
  const run = launch(
    [
      'start',
      '--data',
      data,
      '--port',
      port,
      '--rounds',
      '1',
      '--noise',
      '0',
      '--override-limits',
      '--no-pooled',
    ],
    { state },
  )
  await run.says(/until interrupted/)
  const [, key] = await run.says(/Bearer (yx_[\w-]+)/)
  const base = `http://127.0.0.1:${port}`
  const score = async () =>
    (await (
      await fetch(`${base}/v1/scores/${subject}`, { headers: { authorization: `Bearer ${key}` } })
    ).json()) as { score: number; snapshot: number; stale_since: string | null }
  const trained = await score()
  expect(trained.stale_since).toBeNull()

  const [token] = (await filesBelow(state)).filter((file) => file.endsWith('operator-token'))
  const operator = new Operator(base, await readOperatorToken('', token))
  const [config] = (await filesBelow(state)).filter((file) => file.endsWith('platform.json'))
  const command = await runToEnd(['run', 'night', config, '--json'], { state })
  expect(command.exit.code).toBe(0)
  const night = JSON.parse(command.stdout) as NightReport
  expect(night.parts.map(({ part }) => part)).toEqual(['fresh', 'fresh', 'fresh', 'fresh'])
  expect(night).toMatchObject({ staleSince: null, waiting: 0, rated: 1200 })
  expect(await score()).toEqual({ ...trained, snapshot: 2, as_of: night.at })

  const [provider] = run.parties().filter(({ party }) => !/platform|keyholder|bank/.test(party))
  run.signalParty(provider.party, 'SIGSTOP')
  await sleep(200)
  const without = await operator.night({})
  run.signalParty(provider.party, 'SIGCONT')
  expect(without.parts.filter(({ part }) => part === 'carried')).toMatchObject([{ since: night.at }])
  expect(await score()).toEqual({ ...trained, snapshot: 3, as_of: without.at, stale_since: night.at })

  await expect(operator.night({ model: 'ff' })).rejects.toMatchObject({
    code: 'YX_SERVER_NIGHT_MODEL_UNKNOWN',
  })
  run.signal('SIGINT')
  await run.ended
}, 120_000)

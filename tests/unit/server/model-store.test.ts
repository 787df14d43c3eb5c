/** The registry on its database: what a kill leaves, and what the database refuses by itself. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { afterAll, describe, expect, test } from 'vitest'
import { openStore } from '../../../server/store/index.ts'
import { linkModelEvent, verifyModelHistory } from '../../../server/store/models/model-history.ts'
import { ratedModel, steps } from '../../contract/model-store.ts'
import { clock, NOON } from '../../contract/rating-fixtures.ts'

const folder = mkdtempSync(join(tmpdir(), 'yinxin-models-'))
const database = `pglite:${folder}`
let child: ChildProcess | undefined
afterAll(() => {
  child?.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

describe('the registry in PGlite', () => {
  test('kill -9 in the middle of a promotion: the old champion, its ratings and its history are there, and it can be asked for again', async () => {
    const first = await openStore({ database, clock })
    await ratedModel(first, 'run-a')
    await ratedModel(first, 'run-b')
    await steps(first, ['approve', 1], ['promote', 1], ['approve', 2])
    const history = await first.models.history()
    await first.close()
    child = spawn(process.execPath, [join(import.meta.dirname, 'model-crash-child.ts'), database], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = await once(child.stdout!, 'data')
    expect(String(line)).toBe('ready\n')
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    const store = await openStore({ database, clock })
    expect(await store.models.history()).toEqual(history)
    expect((await store.models.models()).map(({ state }) => state)).toEqual(['champion', 'approved'])
    expect((await store.ratings.current())?.modelVersion).toBe('1')
    await steps(store, ['promote', 2])
    expect((await store.ratings.current())?.modelVersion).toBe('2')
    await store.close()
  }, 60_000)

  test('the database itself refuses a second champion, a refused model that is more than a draft, and a change of the history', async () => {
    const pglite = await PGlite.create(join(folder, 'pgdata'))
    for (const statement of [
      `UPDATE models SET state = 'champion'`,
      `UPDATE models SET accepted = false`,
      `UPDATE model_events SET who = 'nobody'`,
      'DELETE FROM model_events',
      'TRUNCATE model_events',
    ])
      await expect(pglite.query(statement), statement).rejects.toThrow()
    // By hand, with the triggers off, it is found.
    await pglite.exec(
      `ALTER TABLE model_events DISABLE TRIGGER ALL; UPDATE model_events SET who = 'nobody' WHERE index = 2`,
    )
    await pglite.close()
    const store = await openStore({ database, clock })
    await expect(store.models.history()).rejects.toMatchObject({
      code: 'YX_SERVER_MODEL_HISTORY_BROKEN',
      message: expect.stringContaining('entry 2'),
    })
    await store.close()
  })
})

test('a history that was cut, turned round or moved on by hand does not hold', () => {
  const link = (last: Parameters<typeof linkModelEvent>[0], kind: 'registered' | 'approve') =>
    linkModelEvent(last, NOON, {
      ...{ version: 1, kind, who: 'platform', note: '' },
      ...(kind === 'approve' ? { from: 'draft', to: 'approved' } : { from: '', to: 'draft' }),
    } as const)
  const first = link(null, 'registered')
  const second = link(first, 'approve')
  const approved = [{ version: 1, state: 'approved' }] as const
  verifyModelHistory([first, second], approved)
  for (const events of [[first], [second], [second, first], [first, second, second], []])
    expect(() => verifyModelHistory(events, approved)).toThrow(/HISTORY_BROKEN|does not hold/)
  expect(() => verifyModelHistory([first, second], [{ version: 1, state: 'champion' }])).toThrow(
    /does not hold/,
  )
  expect(() => verifyModelHistory([first, second], [])).toThrow(/does not hold/)
})

/** A node's log: a chain that shows every change, and a crash that breaks nothing. */
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createIdentity, Membership, NODE_EVENTS, verifyLog } from '../../../federation/index.ts'
import { exitCodeOf } from '../../../server/cli/exit-code-of.ts'
import { keepLog } from '../../../server/node/keep-log.ts'
import { NodeLogFile, readLog } from '../../../server/node/log-file.ts'
import { logLine } from '../../../server/node/print-log.ts'
import { testConsortium } from '../../helpers/consortium.ts'
import { smallInput } from '../federation/interception.ts'

const { identity, member } = createIdentity('tax', 'provider')
const membership = new Membership({ consortium: 'c', suite: 'international', members: [member] }, identity)
const { suite } = membership
const made: string[] = []
afterAll(() => Promise.all(made.map((folder) => rm(folder, { recursive: true, force: true }))))

async function logged(): Promise<{ state: string; lines: string[] }> {
  const state = await mkdtemp(join(tmpdir(), 'yinxin-log-'))
  made.push(state)
  const log = await NodeLogFile.open(state, membership, () => {})
  for (const kind of NODE_EVENTS) log.note({ kind, run: 'r', what: `about ${kind}` })
  await log.close()
  return { state, lines: (await readFile(join(state, 'log.jsonl'), 'utf8')).split('\n').slice(0, -1) }
}
const write = (state: string, lines: readonly string[]) =>
  writeFile(join(state, 'log.jsonl'), lines.map((line) => `${line}\n`).join(''))
const verify = async (state: string, ...kept: Parameters<typeof verifyLog>[3][]) =>
  verifyLog(suite, 'tax', await readLog(state), ...kept)

describe('the log of a node', () => {
  it('is a whole chain, goes on after a restart, and says each event in words', async () => {
    const { state } = await logged()
    const before = await verify(state)
    expect(before.entries).toBe(NODE_EVENTS.length)
    const again = await NodeLogFile.open(state, membership, () => {})
    again.note({ kind: 'started', what: 'life 2' })
    await again.close()
    const entries = await readLog(state)
    expect((await verify(state, before)).entries).toBe(before.entries + 1)
    for (const entry of entries) expect(logLine(entry!).length).toBeGreaterThan(30)
  })

  it.each<[string, (lines: string[]) => string[]]>([
    ['changed', (lines) => lines.map((line, k) => (k === 3 ? line.replace('about', 'above') : line))],
    ['left out', (lines) => lines.toSpliced(3, 1)],
    ['moved', (lines) => lines.toSpliced(3, 2, lines[4], lines[3])],
    ['put in twice', (lines) => lines.toSpliced(4, 0, lines[3])],
    ['no entry', (lines) => lines.toSpliced(3, 1, '{}')],
  ])('shows an entry that was %s, and the node does not start with it', async (_, change) => {
    const { state, lines } = await logged()
    await write(state, change(lines))
    await expect(verify(state)).rejects.toMatchObject({ code: 'YX_FEDERATION_NODE_LOG_TAMPERED' })
    await expect(NodeLogFile.open(state, membership, () => {})).rejects.toThrow(/Entry [34]/)
    // Control: as it was, it is whole.
    await write(state, lines)
    expect((await verify(state)).entries).toBe(lines.length)
    expect(exitCodeOf('YX_FEDERATION_NODE_LOG_TAMPERED')).toBe(44)
  })

  it('that was cut off is found by a head that was kept elsewhere, and by nothing else', async () => {
    const { state, lines } = await logged()
    const kept = await verify(state)
    await write(state, lines.slice(0, -2))
    expect((await verify(state)).entries).toBe(lines.length - 2)
    await expect(verify(state, kept)).rejects.toMatchObject({ code: 'YX_FEDERATION_NODE_LOG_TRUNCATED' })
  })

  it('of another node is none', async () => {
    const { state } = await logged()
    const entries = await readLog(state)
    expect(() => verifyLog(suite, 'water', entries)).toThrow(/Entry 0/)
  })

  it('loses a line that a crash cut short, and nothing before it', async () => {
    const { state, lines } = await logged()
    await appendFile(join(state, 'log.jsonl'), '{"index":9,"at":"2025')
    const log = await NodeLogFile.open(state, membership, () => {})
    log.note({ kind: 'started', what: 'life 2' })
    await log.close()
    expect((await verify(state)).entries).toBe(lines.length + 1)
  })

  it('of a run names every message that left, with its size, and no content', async () => {
    const consortium = await testConsortium(smallInput())
    const node = consortium.nodes.get('provider-1')!
    const state = await mkdtemp(join(tmpdir(), 'yinxin-log-'))
    made.push(state)
    const log = await NodeLogFile.open(state, node.membership, () => {})
    keepLog(node, log)
    await consortium.run()
    await log.close()
    const entries = (await readLog(state)).map((entry) => entry!)
    const left = entries.filter(({ kind }) => kind === 'left').map(({ what }) => what)
    for (const type of ['party.hello', 'basis.ready', 'plan.approve', 'round.share', 'score.share'])
      expect(left).toContain(type)
    expect(
      entries
        .filter(({ kind }) => kind === 'left')
        .every(({ bytes, body }) => bytes > 0 && body.length === 64),
    ).toBe(true)
    expect(entries.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['opened', 'finished']))
    await consortium.close()
  }, 30_000)
})

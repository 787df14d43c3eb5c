/** The ledger on a disk: what was reported durable is there after kill -9, what was cut off is dropped, faults refuse. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { international } from '../../../engine/index.ts'
import { Ledger } from '../../../federation/index.ts'
import { LedgerFile, readLedger } from '../../../server/state/ledger-file.ts'
import { fineBinFile, ledgerMemoryFile } from '../../../server/state/node-files.ts'
import { openState } from '../../../server/state/state-folder.ts'

const root = mkdtempSync(join(tmpdir(), 'yinxin-ledger-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const freshFolder = () => mkdtempSync(join(root, 'node-'))
const fileIn = (folder: string) => join(folder, 'ledger.jsonl')
const platform = { consortium: 'c', name: 'platform' }
const about = { suite: international, consortium: 'c' }
const charge = { what: 'gradients', released: 1, sigma: 10, rho: 0.01, rhoCounted: 0.02 }
const run = { snapshot: 'labels-a', run: 'run-1', planHash: '' }

/** A charge for something else than any before: what was charged once in a run is not charged again. */
let charges = 0
const fresh = () => ({ ...charge, what: `gradients ${charges++}` })

const openLedger = async (folder: string) => Ledger.open(await LedgerFile.open(folder), about, null)

/** A folder whose ledger has so many entries. */
async function folderWith(entries: number): Promise<string> {
  const folder = freshFolder()
  const ledger = await openLedger(folder)
  for (let index = 0; index < entries; index++) await ledger.charge(run, [fresh()])
  return folder
}

describe('kill -9', () => {
  it('in the middle of appends loses nothing that was reported durable', async () => {
    const folder = freshFolder()
    const reported: number[] = []
    for (let death = 0; death < 3; death++) {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'ledger-child.ts'), folder], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let text = ''
      const ended = once(child, 'exit')
      child.stdout!.on('data', (chunk) => {
        text += chunk
        if (text.split('\n').length > 20) child.kill('SIGKILL')
      })
      await ended
      const last = Number(text.trim().split('\n').at(-1))
      // what an earlier life had reported is where the next one went on
      expect(Number(text.split('\n')[0])).toBeGreaterThan(reported.at(-1) ?? 0)
      reported.push(last)
      const ledger = await openLedger(folder)
      expect(ledger.head.entries).toBeGreaterThanOrEqual(last)
      expect(ledger.spentOnSnapshot('labels-a').rho).toBeCloseTo(0.01 * ledger.head.entries, 9)
    }
  }, 60_000)

  it('leaves a lock that the next process takes over, and keeps others out while it lives', async () => {
    const folder = freshFolder()
    const child = spawn(process.execPath, [join(import.meta.dirname, 'ledger-child.ts'), folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout!, 'data')
    expect(() => openState(folder, { state: '.' }, platform)).toThrow(
      expect.objectContaining({ code: 'YX_SERVER_STORE_LOCKED' }),
    )
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    expect(openState(folder, { state: '.' }, platform)).toBe(folder)
  }, 60_000)
})

describe('a line that was cut off', () => {
  it('at any byte is dropped, and the chain goes on before it', async () => {
    const folder = await folderWith(3)
    const whole = readFileSync(fileIn(folder))
    const second = whole.lastIndexOf(0x0a, whole.length - 2) + 1
    for (const length of [second + 1, second + 40, whole.length - 1]) {
      writeFileSync(fileIn(folder), whole)
      truncateSync(fileIn(folder), length)
      expect(await readLedger(folder)).toHaveLength(2)
      const ledger = await openLedger(folder)
      expect(ledger.head.entries).toBe(2)
      await ledger.charge(run, [fresh()])
      expect((await openLedger(folder)).head.entries).toBe(3)
    }
  })

  it('is no excuse for a whole line that is wrong', async () => {
    const folder = await folderWith(2)
    appendFileSync(fileIn(folder), '{"index":2}\n')
    await expect(openLedger(folder)).rejects.toMatchObject({ code: 'YX_FEDERATION_LEDGER_TAMPERED' })
  })
})

it('a changed byte in the file is refused at the start', async () => {
  const folder = await folderWith(3)
  const text = readFileSync(fileIn(folder), 'utf8')
  writeFileSync(fileIn(folder), text.replace('"rho":0.01', '"rho":0.00'))
  await expect(openLedger(folder)).rejects.toMatchObject({
    code: 'YX_FEDERATION_LEDGER_TAMPERED',
    message: expect.stringContaining('Entry 0 '),
  })
})

describe('a disk that fails', () => {
  const prototype = async (): Promise<FileHandle> => {
    const handle = await open(join(root, 'any'), 'a')
    await handle.close()
    return Object.getPrototypeOf(handle) as FileHandle
  }
  const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' })

  it('refuses the charge, takes half an entry back, and goes on when it is well again', async () => {
    const folder = await folderWith(1)
    const before = readFileSync(fileIn(folder), 'utf8')
    const ledger = await openLedger(folder)
    const fails = vi.spyOn(await prototype(), 'datasync').mockRejectedValueOnce(full)
    await expect(ledger.charge(run, [fresh()])).rejects.toMatchObject({
      code: 'YX_FEDERATION_LEDGER_UNWRITABLE',
    })
    fails.mockRestore()
    expect(readFileSync(fileIn(folder), 'utf8')).toBe(before)
    await ledger.charge(run, [fresh()])
    expect((await openLedger(folder)).head.entries).toBe(2)
  })

  it('takes no charge at all any more where it cannot tell what was stored', async () => {
    const folder = await folderWith(1)
    const ledger = await openLedger(folder)
    const fails = [
      vi.spyOn(await prototype(), 'datasync').mockRejectedValueOnce(full),
      vi.spyOn(await prototype(), 'truncate').mockRejectedValueOnce(full),
    ]
    await expect(ledger.charge(run, [fresh()])).rejects.toThrow('ENOSPC')
    for (const fail of fails) fail.mockRestore()
    await expect(ledger.charge(run, [fresh()])).rejects.toThrow('EIO')
    // the next start reads what is there: the entry is charged, though nothing left
    expect((await openLedger(folder)).head.entries).toBe(2)
  })
})

it('what a label holder was shown, and the fine bins of a provider, are read back', async () => {
  const folder = freshFolder()
  const memory = ledgerMemoryFile(folder)
  expect(await memory.load()).toBeNull()
  await memory.keep({ entries: 7, hash: 'ab' })
  expect(await ledgerMemoryFile(folder).load()).toEqual({ entries: 7, hash: 'ab' })

  const bins = [{ n: 60, bad: -1, open: true }]
  expect(await fineBinFile(folder).load('labels-a', 'basis')).toBeNull()
  await fineBinFile(folder).keep('labels-a', 'basis', bins)
  expect(await fineBinFile(folder).load('labels-a', 'basis')).toEqual(bins)
  expect(await fineBinFile(folder).load('labels-a', 'another basis')).toBeNull()
  expect(await fineBinFile(folder).load('labels-b', 'basis')).toBeNull()
})

import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JournalRecord } from '../../../federation/index.ts'
import { fileJournals } from '../../../server/node/file-journals.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'journals-'))
})
afterEach(() => rm(folder, { recursive: true }))

const PLACE = { step: 2, detail: '', counter: 4, previous: 'cd' }
const RECORDS: JournalRecord[] = [
  { kind: 'secret', secret: new Uint8Array(32).fill(7) },
  { kind: 'received', at: 1_700_000_000_123, envelope: new Uint8Array(70_000).fill(1) },
  { kind: 'sent', message: { to: 'platform', type: 'round.share', round: 3, body: 'ab', ...PLACE } },
  { kind: 'received', at: 1_700_000_000_456, envelope: new Uint8Array(0) },
]

async function readAll(journals: ReturnType<typeof fileJournals>, run: string): Promise<JournalRecord[]> {
  const records: JournalRecord[] = []
  for await (const record of journals.read(run)) records.push(record)
  return records
}

async function written(run = 'run-1', keep = 3) {
  const journals = fileJournals(folder, { keep, whole: true })
  const journal = await journals.begin(run)
  await Promise.all(RECORDS.map((record) => journal.append(record)))
  await journal.close()
  return journals
}

describe('journals in files', () => {
  it('give back every record, in order, to another process too', async () => {
    await written()
    const records = await readAll(fileJournals(folder, { keep: 3, whole: true }), 'run-1')
    expect(records).toEqual(RECORDS)
  })

  it('that a crash cut short are whole up to their last record', async () => {
    const journals = await written()
    const file = join(folder, 'run-1', 'journal')
    const { length } = await readFile(file)
    await truncate(file, length - 3)
    expect(await readAll(journals, 'run-1')).toEqual(RECORDS.slice(0, 3))
    await truncate(file, length - 14)
    expect(await readAll(journals, 'run-1')).toEqual(RECORDS.slice(0, 2))
    await writeFile(file, '')
    await appendFile(file, Uint8Array.of(1, 2))
    expect(await readAll(journals, 'run-1')).toEqual([])
  })

  it('that made room for newer ones still mark their runs as used', async () => {
    for (const run of ['run-1', 'run-2', 'run-3']) {
      await written(run, 1)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await expect(fileJournals(folder, { keep: 1, whole: true }).begin('run-1')).rejects.toMatchObject({
      code: 'YX_FEDERATION_RUN_RECORDED',
    })
    await expect(readAll(fileJournals(folder, { keep: 1, whole: true }), 'run-1')).rejects.toMatchObject({
      code: 'YX_FEDERATION_RUN_UNRECORDED',
    })
    expect(await readAll(fileJournals(folder, { keep: 1, whole: true }), 'run-3')).toEqual(RECORDS)
  })

  it('are begun once a run, across restarts', async () => {
    await written()
    await expect(fileJournals(folder, { keep: 3, whole: true }).begin('run-1')).rejects.toMatchObject({
      code: 'YX_FEDERATION_RUN_RECORDED',
    })
  })

  it('of a process that was killed before it had kept anything are begun once more', async () => {
    const journals = fileJournals(folder, { keep: 3, whole: false })
    await mkdir(join(folder, 'run-1'))
    expect(await journals.unfinished()).toBeNull()
    await (await journals.begin('run-1')).close()
    expect(await journals.unfinished()).toBeNull()
    const journal = await journals.begin('run-1')
    await journal.append(RECORDS[0])
    await journal.close()
    expect(await journals.unfinished()).toBe('run-1')
    await expect(journals.begin('run-1')).rejects.toMatchObject({ code: 'YX_FEDERATION_RUN_RECORDED' })
  })

  it.each([true, false])('carry what a sealed step does not cover (whole: %s)', async (whole) => {
    const journals = fileJournals(folder, { keep: 3, whole })
    const journal = await journals.begin('run-1')
    for (const record of RECORDS) await journal.append(record)
    await journal.seal(1, Uint8Array.of(1), undefined, [RECORDS[1]])
    await journal.append(RECORDS[2])
    await journal.close()
    const { records, step, journal: again } = await journals.resume('run-1')
    const kept: JournalRecord[] = []
    for await (const record of records()) kept.push(record)
    await again.close()
    expect(step).toBe(1)
    expect(kept).toEqual([RECORDS[1], RECORDS[2]])
  })

  it('keep no secret of a sealed step, wherever the process was killed', async () => {
    const journals = fileJournals(folder, { keep: 3, whole: false })
    const journal = await journals.begin('run-1')
    await journal.append(RECORDS[0])
    const secret = await readFile(join(folder, 'run-1', 'journal'))
    await journal.seal(1, Uint8Array.of(1))
    await journal.close()
    await writeFile(join(folder, 'run-1', 'journal'), secret)
    await (await journals.resume('run-1')).journal.close()
    expect(await readdir(join(folder, 'run-1'))).toEqual(['journal-1', 'sealed'])
    await journals.end('run-1')
    await writeFile(join(folder, 'run-1', 'outcome-2'), 'shares')
    expect(await journals.unfinished()).toBeNull()
    expect(await readdir(join(folder, 'run-1'))).toEqual(['ended'])
  })

  it('keep the last runs only', async () => {
    for (const run of ['run-c', 'run-a', 'run-b']) {
      await written(run, 2)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    const journals = fileJournals(folder, { keep: 2, whole: true })
    expect(await readAll(journals, 'run-a')).toEqual(RECORDS)
    expect(await readAll(journals, 'run-b')).toEqual(RECORDS)
    await expect(readAll(journals, 'run-c')).rejects.toMatchObject({ code: 'YX_FEDERATION_RUN_UNRECORDED' })
  })

  it.each(['..', '../x', '', 'a/b', '.hidden', 'x'.repeat(65), 'a\u0000'])(
    'name no folder after the run id %j',
    async (run) => {
      const journals = fileJournals(folder, { keep: 3, whole: true })
      await expect(journals.begin(run)).rejects.toMatchObject({ code: 'YX_FEDERATION_RUN_UNRECORDED' })
      await expect(readAll(journals, run)).rejects.toMatchObject({ code: 'YX_FEDERATION_RUN_UNRECORDED' })
    },
  )
})

import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
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

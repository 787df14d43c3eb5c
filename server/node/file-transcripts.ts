/** A server's transcripts as files, `<folder>/<run>.jsonl`: what it received, for auditors at the providers' sites. */
import { appendFile, mkdir, readFile, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import {
  federationErrors,
  type Membership,
  signTranscript,
  type TranscriptEntry,
  type TranscriptSink,
} from '../../federation/index.ts'
import { readIfThere } from '../state/durable-file.ts'
import { writing } from '../state/unwritable.ts'
import { assertRunId } from './run-id.ts'

const fileOf = (folder: string, run: string): string => {
  assertRunId(run)
  return join(folder, `${run}.jsonl`)
}

/** Entries of a text; a last line without its end was cut off by a crash. */
const entriesOf = (text: string): TranscriptEntry[] =>
  text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as TranscriptEntry)

export function fileTranscripts(folder: string): TranscriptSink {
  return {
    async load(run) {
      const file = fileOf(folder, run)
      const text = (await readIfThere(file)) ?? ''
      const whole = text.lastIndexOf('\n') + 1
      if (whole < text.length) await truncate(file, Buffer.byteLength(text.slice(0, whole)))
      return entriesOf(text)
    },
    async append(run, entry) {
      const file = fileOf(folder, run)
      await writing('a transcript', async () => {
        await mkdir(folder, { recursive: true, mode: 0o700 })
        await appendFile(file, `${JSON.stringify(entry)}\n`, { mode: 0o600 })
      })
    },
  }
}

/** A transcript with the server's signature, as its auditors take it. @throws RunUnrecorded */
export async function exportTranscript(membership: Membership, folder: string, run: string): Promise<string> {
  const text = await readFile(fileOf(folder, run), 'utf8').catch(() => {
    throw new federationErrors.RunUnrecorded(run)
  })
  return signTranscript(membership, run, entriesOf(text))
}

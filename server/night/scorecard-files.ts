/**
 * A provider's own scorecards: the last one under a fixed name for its people, and the last few by the hash of their plan for
 * nights, each written whole or not at all. Those that were written or read last are kept: an old champion is read every night.
 */
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { ScorecardSink, ScorecardStore } from '../../federation/index.ts'
import type { ProviderScorecard } from '../../models/index.ts'
import { serverErrors } from '../errors.ts'
import { readIfThere, replaceFile } from '../state/durable-file.ts'

const LAST = 'scorecard.json'
/** Models that an operator may still promote or roll back to; a scorecard is a small file. */
const MOST = 12
const HASH = /^[0-9a-f]{64}$/
const nameOf = (planHash: string): string => `model-${planHash}.json`

export function scorecardFiles(folder: string): ScorecardSink & ScorecardStore {
  return {
    async keep(scorecard) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const text = JSON.stringify(scorecard, null, 2)
      const { planHash } = scorecard as ProviderScorecard
      if (HASH.test(planHash)) await replaceFile(join(folder, nameOf(planHash)), text)
      await replaceFile(join(folder, LAST), text)
      await forgetOldest(folder)
    },
    async load(planHash) {
      if (!HASH.test(planHash)) return null
      const file = join(folder, nameOf(planHash))
      const text = await readIfThere(file)
      const now = new Date()
      if (text !== null) await utimes(file, now, now)
      try {
        return text === null ? null : (JSON.parse(text) as ProviderScorecard)
      } catch {
        throw new serverErrors.NodeFileUnreadable(nameOf(planHash))
      }
    },
  }
}

async function forgetOldest(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith('model-') && name.endsWith('.json'))
  const dated = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })),
  )
  for (const { name } of dated.sort((a, b) => b.at - a.at).slice(MOST)) await rm(join(folder, name))
}

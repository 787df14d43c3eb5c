/** A snapshot to write, with cells that are all different and ids that are hard on quoting. */
import type { RatingChunk, SnapshotHead, WhitelistChunk } from '../../server/store/index.ts'

export const NOON = new Date('2026-11-24T12:00:00.000Z')
export const clock = { now: () => NOON }

export const HEAD: SnapshotHead = {
  modelVersion: 'card-7',
  challengerVersion: 'card-9',
  planHash: 'ab'.repeat(32),
  asOf: new Date('2026-11-23T00:00:00.000Z'),
  staleSince: new Date('2026-11-20T21:30:00.000Z'),
  carriedOver: ['水务', 'gas \'"{1,}'],
  idScheme: 'text',
  grades: [
    { grade: 'AAA', pdFrom: 0, pdTo: 0.003, scoreFrom: 803 },
    { grade: 'BBB', pdFrom: 0.003, pdTo: 0.06, scoreFrom: 583 },
    { grade: 'C', pdFrom: 0.06, pdTo: 1, scoreFrom: 0 },
  ],
  card: { name: 'joint scorecard', columns: 23, nested: { quote: '"\'\\', list: [1, null] } },
  report: { auc: { testNoisy: 0.781 } },
}

/** Rows whose every cell differs from its neighbours', with ids that are hard on quoting. */
export function chunkOf(from: number, rows: number, prefix = 'firm'): RatingChunk {
  const at = Array.from({ length: rows }, (_, i) => from + i)
  const awkward = ['{', '}', '"', '\\', ',', "'", ' NULL', '隐信', '𝔘', '\n']
  return {
    ids: at.map((i) => `${prefix}-${i}${i % 3 === 0 ? awkward[i % awkward.length] : ''}`),
    scores: Int32Array.from(at, (i) => (i * 37) % 1001),
    grades: Uint8Array.from(at, (i) => i % 3),
    pds: Float32Array.from(at, (i) => ((i * 7919) % 10007) / 10007),
    coverage: Float32Array.from(at, (i) => (i % 7) / 6),
    excluded: Uint8Array.from(at, (i) => (i % 5 === 0 ? 1 : 0)),
    totals: Int32Array.from(at, (i) => (i % 2 ? -1 : 1) * i * 101),
    challenger: Uint8Array.from(at, (i) => (i % 4 === 3 ? 1 : 0)),
  }
}

export function listOf(from: number, rows: number): WhitelistChunk {
  const { ids, scores, grades, pds, challenger } = chunkOf(from, rows)
  return { ids, scores, grades, pds, challenger, reasons: ids.map((_, i) => `reason-${from + i}`) }
}

/** Vectors of labels, the streams under them, and what senders and key holder make of those (protocol.md section 3). */
import { keyHolderShare, keyHolderWords, maskResidues, maskWords } from '../../engine/shares.ts'
import {
  labelText,
  residuesFrom,
  type StreamLabel,
  uniformResidues,
  uniformWords,
} from '../../engine/stream.ts'
import { international } from '../../engine/suite/international.ts'
import { hex, secretOf } from './recipe.ts'

const SENDERS = ['water', 'power', 'tax']
const KEY_HOLDER = 'keyholder'
const LABELS: readonly StreamLabel[] = [
  {
    ...{ consortium: 'north', snapshot: '2026-09', run: 'run-1', opening: 'training', phase: 'totals' },
    ...{ round: 3, attempt: 0 },
  },
  {
    ...{ consortium: '征信联合体', snapshot: '2026-09', run: '运行 1', opening: 'raw', phase: 'points' },
    ...{ round: 0, attempt: 2 },
  },
]
const PLAIN: Record<string, number[]> = {
  water: [0, 1, -1, 123456, -35184371834880],
  power: [5, 0, -1, -654321, 35184371834880],
  tax: [7, -1, -1, 1, 0],
}
const POINTS: Record<string, number[]> = {
  water: [612, 0, -3],
  power: [-50, 1, 0],
  tax: [20, -1, 2147483647],
}

const secret = (a: string, b: string) => secretOf(`pair ${[a, b].sort().join(' ')}`)
const pairSecrets = (name: string) => {
  const at = SENDERS.indexOf(name)
  return {
    keyHolder: secret(name, KEY_HOLDER),
    before: SENDERS.slice(0, at).map((other) => secret(name, other)),
    after: SENDERS.slice(at + 1).map((other) => secret(name, other)),
  }
}

/** Six bytes for each candidate, of which those not below t are passed over. */
const REJECTION = {
  candidates: [1, 70368743669760, 70368743669761, 70368744177663, 281474976710655, 140737488355328 + 9, 2],
  count: 4,
}

function rejection() {
  const stream = Buffer.alloc(6 * REJECTION.candidates.length)
  REJECTION.candidates.forEach((candidate, index) => void stream.writeUIntLE(candidate, 6 * index, 6))
  const residues = residuesFrom((offset, length) => stream.subarray(offset, offset + length), REJECTION.count)
  return { stream: hex(stream), count: REJECTION.count, residues: [...residues] }
}

function streams(label: StreamLabel) {
  const shared = secret('water', 'power')
  return [0, 1].map((block) => {
    const text = labelText(label, block)
    const key = international.derive(shared, text)
    const first = block * 8192
    return {
      label: { ...label, block },
      text,
      key: hex(key),
      stream: hex(international.stream(key, 48)),
      residues: [...uniformResidues(international, shared, label, first + 8).slice(first)],
      words: [...uniformWords(international, shared, label, first + 12).slice(first)],
    }
  })
}

export function maskVectors() {
  const [label, other] = LABELS
  const keyHolders = SENDERS.map((name) => secret(name, KEY_HOLDER))
  const count = PLAIN.water.length
  const names = [...SENDERS, KEY_HOLDER]
  const pairs = names.flatMap((a, at) => names.slice(at + 1).map((b) => [a, b] as const))
  return {
    t: 70368743669761,
    senders: SENDERS,
    secrets: Object.fromEntries(pairs.map(([a, b]) => [`${a} ${b}`, hex(secret(a, b))])),
    streams: LABELS.flatMap(streams),
    rejection: rejection(),
    residues: {
      label,
      plain: PLAIN,
      masked: Object.fromEntries(
        SENDERS.map((name) => [
          name,
          [...maskResidues(international, pairSecrets(name), label, PLAIN[name])],
        ]),
      ),
      keyHolder: [...keyHolderShare(international, keyHolders, label, count)],
    },
    words: {
      label: other,
      plain: POINTS,
      masked: Object.fromEntries(
        SENDERS.map((name) => [
          name,
          [...maskWords(international, pairSecrets(name), other, Int32Array.from(POINTS[name]))],
        ]),
      ),
      keyHolder: [...keyHolderWords(international, keyHolders, other, POINTS.water.length)],
    },
  }
}

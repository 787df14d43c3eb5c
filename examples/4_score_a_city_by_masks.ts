/**
 * 4. Score a whole city by masks. Every night each department adds masks to the points it gives each firm and sends the
 * result. The masks cancel in the sum: the platform sees a firm's total and not one department's part of it. No
 * encryption is needed, so a million firms take moments.
 *
 * Run: npx node examples/4_score_a_city_by_masks.ts
 */
import {
  addWords,
  international,
  keyHolderWords,
  maskWords,
  type StreamLabel,
  subtractWords,
} from '../engine/index.ts'

const FIRMS = 1_000_000
const DEPARTMENTS = ['water', 'gas', 'tax', 'housing fund', 'social insurance']

// In a consortium these come from public keys, as in lesson 1.
const secretOf = (one: string, other: string): Uint8Array =>
  international.hash(new TextEncoder().encode([one, other].sort().join(' and ')))

const label: StreamLabel = {
  consortium: 'example',
  snapshot: 'night of 1 May',
  run: 'run-1',
  opening: 'published',
  phase: 'points',
  round: 0,
  attempt: 1,
}

// Points in hundredths, one a firm; a firm that a department does not know has points too ("not held" is a bin).
const pointsOf = (department: number): Int32Array =>
  Int32Array.from({ length: FIRMS }, (_, firm) => ((firm * (department + 3)) % 4001) - 2000)

const began = performance.now()
const atPlatform = new Uint32Array(FIRMS)
DEPARTMENTS.forEach((name, at) => {
  const words = maskWords(
    international,
    {
      keyHolder: secretOf(name, 'key holder'),
      before: DEPARTMENTS.slice(0, at).map((other) => secretOf(other, name)),
      after: DEPARTMENTS.slice(at + 1).map((other) => secretOf(name, other)),
    },
    label,
    pointsOf(at),
  )
  console.log(
    `${name.padEnd(16)} sends ${words[0]}, ${words[1]}, ... (${(words.byteLength / 1e6).toFixed(1)} MB)`,
  )
  addWords(atPlatform, words)
})

// The key holder releases one sum of streams for one set of departments, and never a second one: two sets would differ
// by one department's points.
const secrets = DEPARTMENTS.map((name) => secretOf('key holder', name))
const released = keyHolderWords(international, secrets, label, FIRMS)
subtractWords(atPlatform, released)
const totals = new Int32Array(atPlatform.buffer)
const seconds = (performance.now() - began) / 1000

const expected = DEPARTMENTS.map((_, at) => pointsOf(at))
const wrong = totals.findIndex(
  (total, firm) => total !== expected.reduce((sum, points) => sum + points[firm], 0),
)
console.log(
  `\nTotals of the first firms, in points: ${Array.from(totals.slice(0, 5), (total) => total / 100).join(', ')}`,
)
console.log(`All ${FIRMS} totals are the sums of the parts: ${wrong === -1}`)
console.log(`${DEPARTMENTS.length} departments, ${FIRMS} firms, one thread: ${seconds.toFixed(2)} s`)

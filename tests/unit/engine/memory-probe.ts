/**
 * A process of its own that repeats one kind of work and prints by how much its memory grows after the first third of it.
 * Inside the test runner the resident size moves by tens of megabytes with work of the runner's; here it stands still, but for
 * single steps of the allocator's or of V8's own threads. A leak grows in every stretch, such a step falls into one of them:
 * the growth is counted as the median stretch's, times their number.
 *
 *     node memory-probe.ts rounds|unclosed|refused|cross|fuzzed REPETITIONS
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { answerCross, CrossOwner } from '../../../engine/bfv/cross.ts'
import { LinearResponder } from '../../../engine/bfv/linear.ts'
import { LinearOwner } from '../../../engine/bfv/linear-owner.ts'
import { systemRandom } from '../../../engine/index.ts'
import { faultOf, packingOf, randomColumns } from './fixtures.ts'
import { fuzzDoors, insidesHere, wireDoors } from './wire-doors.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const packing = packingOf(4, 8)
const columns = randomColumns(4, [3], 0, 'memory')
const values = Float64Array.of(1, 2, 3, 4)
const masks = new Float64Array(3)
const kept: Disposable[] = []

/** One round under a fresh key: query, answer, decryption. */
async function round(): Promise<Disposable[]> {
  const owner = await LinearOwner.create(packing)
  const responder = await LinearResponder.create(packing, columns, 2 ** 20)
  const answer = responder.answer(owner.encrypt(values), 0, 3, masks, systemRandom(32))
  owner.decrypt(answer.bytes, 3)
  return [owner, responder]
}

let fuzzed = 0

const work: Record<string, () => Promise<void>> = {
  async rounds() {
    for (const object of await round()) object[Symbol.dispose]()
  },
  async unclosed() {
    kept.push(...(await round()))
  },
  async refused() {
    using owner = await LinearOwner.create(packing)
    using responder = await LinearResponder.create(packing, columns, 0)
    const query = owner.encrypt(values)
    query.blocks[0] ^= 1
    faultOf(() => responder.answer(query, 0, 3, masks, systemRandom(32)))
    faultOf(() => owner.decrypt(new Uint8Array(3), 3))
  },
  async fuzzed() {
    using insides = await insidesHere()
    await fuzzDoors(doors, insides, { runs: 20, seed: fuzzed++, each: 40 })
  },
  async cross() {
    using owner = await CrossOwner.create(4)
    const { answer } = await answerCross(owner.encrypt(values, values), [values, values], systemRandom(32))
    owner.decrypt(answer)
  },
}

/** Resident bytes, and those of the WASM heap and of buffers (Node counts both as external). */
function used(): { resident: number; external: number } {
  collect()
  collect()
  const { rss, external } = process.memoryUsage()
  return { resident: rss, external }
}

const [kind, repetitions] = process.argv.slice(2)
const count = Number(repetitions)
const doors = kind === 'fuzzed' ? await wireDoors() : []
const warm = Math.floor(count / 3)
const STRETCHES = 5
const marks = Array.from(
  { length: STRETCHES + 1 },
  (_, i) => warm + Math.floor(((count - warm) * i) / STRETCHES),
)
const samples: ReturnType<typeof used>[] = []
for (let done = 1; done <= count; done++) {
  await work[kind]()
  // Garbage that waits for its collection is no leak, but it raises the resident size by chance.
  if (done % 10 === 0) collect()
  if (marks.includes(done)) samples.push(used())
}

function steadyGrowth(field: 'resident' | 'external'): number {
  const stretches = samples.slice(1).map((sample, i) => sample[field] - samples[i][field])
  return STRETCHES * stretches.sort((a, b) => a - b)[Math.floor(STRETCHES / 2)]
}
process.stdout.write(
  JSON.stringify({ resident: steadyGrowth('resident'), external: steadyGrowth('external') }),
)

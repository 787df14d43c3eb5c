/**
 * `npm run bench:engine`: the engine's parts on one thread, and the floor of a round that they set for the sizes of the
 * project's promises. JSON on stdout. `--threads` divides the floor (default 2).
 */
import { parseArgs } from 'node:util'
import { floorOf, measurePrimitives, shapeOf } from './primitives.ts'

const { values } = parseArgs({ options: { threads: { type: 'string', default: '2' } } })
const threads = Number(values.threads)
const WIDTHS = [27, 27, 27, 27, 26, 26]

const primitives = await measurePrimitives()
const floors = Object.fromEntries(
  [30_000, 1_000_000].map((rows) => [
    `${rows} rows x 160 columns, six providers`,
    floorOf(shapeOf(rows, WIDTHS), primitives, threads),
  ]),
)
process.stdout.write(`${JSON.stringify({ millisecondsOfOneThread: primitives, threads, floors }, null, 2)}\n`)

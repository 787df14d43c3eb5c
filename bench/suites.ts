/**
 * `npm run bench:suites`: what one operation of each cipher suite costs. JSON on stdout: milliseconds of processor time
 * per signature, verification, agreement and derivation, and per megabyte of hash, key stream, sealing and opening.
 * `--megabytes` and `--times` change the sizes.
 */
import { parseArgs } from 'node:util'
import { SUITE_NAMES, suiteNamed } from '../engine/index.ts'

const { values } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '1' },
    times: { type: 'string', default: '200' },
  },
})
const MEGABYTE = 1 << 20
const megabytes = Number(values.megabytes)
const times = Number(values.times)

/** Mean milliseconds of processor time of a call: what else runs on the machine does not count. */
function cost(run: () => unknown): number {
  run()
  const began = process.cpuUsage()
  for (let i = 0; i < times; i++) run()
  const { user, system } = process.cpuUsage(began)
  return Number(((user + system) / 1000 / times).toFixed(4))
}

function costs(name: (typeof SUITE_NAMES)[number]) {
  const suite = suiteNamed(name)
  const key = suite.derive(new Uint8Array(32), 'bench')
  const nonce = new Uint8Array(12)
  const bytes = new Uint8Array(suite.stream(key, megabytes * MEGABYTE))
  const message = suite.hash(bytes)
  const signing = suite.createSigningKeys()
  const [one, other] = [suite.createAgreementKeys(), suite.createAgreementKeys()]
  const signature = suite.sign(signing.privateKey, message)
  const sealed = Buffer.concat(suite.seal(key, nonce, bytes, message))
  const perMegabyte = (run: () => unknown) => Number((cost(run) / megabytes).toFixed(4))
  return {
    milliseconds: {
      sign: cost(() => suite.sign(signing.privateKey, message)),
      verify: cost(() => suite.verify(signing.publicKey, message, signature)),
      agree: cost(() => suite.agree(one.privateKey, other.publicKey)),
      derive: cost(() => suite.derive(key, 'label')),
    },
    millisecondsPerMegabyte: {
      hash: perMegabyte(() => suite.hash(bytes)),
      stream: perMegabyte(() => suite.stream(key, bytes.length)),
      seal: perMegabyte(() => suite.seal(key, nonce, bytes, message)),
      open: perMegabyte(() => suite.open(key, nonce, sealed, message)),
    },
  }
}

const result = Object.fromEntries(SUITE_NAMES.map((name) => [name, costs(name)]))
process.stdout.write(`${JSON.stringify({ megabytes, times, ...result }, null, 2)}\n`)

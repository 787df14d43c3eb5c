/**
 * 1. Shares and masks. Three departments have a number about each of four firms. Two servers, the platform P and the key
 * holder H, end up with one share each of the sums; neither sees a number of any department, nor even a sum.
 *
 * Run: npx node examples/1_shares_and_masks.ts
 */
import {
  addInto,
  international,
  keyHolderShare,
  lift,
  maskResidues,
  type StreamLabel,
  T,
} from '../engine/index.ts'

const departments = [
  { name: 'water', values: [12, 0, -7, 3] },
  { name: 'gas', values: [1, 1, 40, -2] },
  { name: 'tax', values: [-5, 9, 0, 0] },
]

// Every pair of members agrees on a secret once, by public keys alone (X25519).
const keys = Object.fromEntries(
  [...departments.map(({ name }) => name), 'key holder'].map((name) => [
    name,
    international.createAgreementKeys(),
  ]),
)
const secretOf = (one: string, other: string): Uint8Array =>
  international.derive(international.agree(keys[one].privateKey, keys[other].publicKey), 'masks of example 1')

// A label says what a stream of masks is for. It never serves two payloads.
const label: StreamLabel = {
  consortium: 'example',
  snapshot: 'monday',
  run: 'run-1',
  opening: 'lesson',
  phase: 'totals',
  round: 1,
  attempt: 1,
}

// A department sends P its values minus the stream it shares with H, and plus or minus the streams it shares with the others.
const atPlatform = new Float64Array(4)
departments.forEach(({ name, values }, at) => {
  const others = departments.map((other) => other.name)
  const masked = maskResidues(
    international,
    {
      keyHolder: secretOf(name, 'key holder'),
      before: others.slice(0, at).map((other) => secretOf(other, name)),
      after: others.slice(at + 1).map((other) => secretOf(name, other)),
    },
    label,
    values,
  )
  console.log(`${name.padEnd(6)} holds ${values.join(', ').padEnd(14)} and sends ${masked.join(', ')}`)
  addInto(atPlatform, masked)
})

// H receives nothing at all: it derives its share from the secrets that it has with each department.
const secrets = departments.map(({ name }) => secretOf('key holder', name))
const atKeyHolder = keyHolderShare(international, secrets, label, 4)

console.log(`\nP's share  ${atPlatform.join(', ')}`)
console.log(`H's share  ${atKeyHolder.join(', ')}`)
console.log(`Each is uniform between 0 and t = ${T} on its own, whatever the departments hold.`)

const sums = atPlatform.slice()
addInto(sums, atKeyHolder)
console.log(`\nP + H mod t = ${Array.from(sums, lift).join(', ')}   (12+1-5, 0+1+9, -7+40+0, 3-2+0)`)
console.log(
  'The two would have to put their shares together to see this. That they do not is the one trust assumption.',
)

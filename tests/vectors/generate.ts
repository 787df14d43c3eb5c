/** Writes the vectors: `npm run vectors`, or `node tests/vectors/generate.ts FOLDER` to compare them with these. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ciphertextVectors } from './ciphertexts.ts'
import { maskVectors } from './masks.ts'
import { packingVectors } from './packing.ts'

const folder = process.argv[2] ?? import.meta.dirname
const files = {
  'masks.json': maskVectors(),
  'packing.json': await packingVectors(),
  'ciphertexts.json': await ciphertextVectors(),
}
await mkdir(folder, { recursive: true })
for (const [name, vectors] of Object.entries(files)) {
  // One entry a line where it is short enough to be read.
  await writeFile(join(folder, name), `${JSON.stringify(vectors, null, 1)}\n`)
}

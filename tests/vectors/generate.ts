/** Writes the vectors: `npm run vectors`, or `node tests/vectors/generate.ts FOLDER` to compare them with these. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { authorisationVectors } from './authorisation.ts'
import { ciphertextVectors } from './ciphertexts.ts'
import { maskVectors } from './masks.ts'
import { packingVectors } from './packing.ts'
import { transcriptVectors } from './transcript.ts'

/** JSON with one line for every list or object that holds no other. */
function print(value: unknown, indent = ''): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const flat = Object.values(value).every((part) => typeof part !== 'object' || part === null)
  if (flat) return JSON.stringify(value)
  const inner = `${indent} `
  if (Array.isArray(value)) {
    return `[\n${value.map((part) => inner + print(part, inner)).join(',\n')}\n${indent}]`
  }
  const entries = Object.entries(value).filter(([, part]) => part !== undefined)
  const lines = entries.map(([key, part]) => `${inner}${JSON.stringify(key)}: ${print(part, inner)}`)
  return `{\n${lines.join(',\n')}\n${indent}}`
}

const folder = process.argv[2] ?? import.meta.dirname
const files = {
  'masks.json': maskVectors(),
  'packing.json': await packingVectors(),
  'ciphertexts.json': await ciphertextVectors(),
  'transcript.json': await transcriptVectors(),
  'authorisation.json': authorisationVectors(),
}
await mkdir(folder, { recursive: true })
for (const [name, vectors] of Object.entries(files))
  await writeFile(join(folder, name), `${print(vectors)}\n`)

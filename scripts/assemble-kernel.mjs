// `npm run kernel`: assembles engine/kernel/polynomials.wat into engine/kernel/polynomials-wasm.ts. A test assembles it again and
// compares, so the committed bytes are those of the committed text.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import wabt from 'wabt'

const folder = join(import.meta.dirname, '..', 'engine', 'kernel')

/** The module's bytes in base64. */
export async function assembleKernel() {
  const text = readFileSync(join(folder, 'polynomials.wat'), 'utf8')
  const module = (await wabt()).parseWat('polynomials.wat', text, { simd: true })
  const { buffer } = module.toBinary({})
  module.destroy()
  return Buffer.from(buffer).toString('base64')
}

/** The generated file: lines of at most 100 characters. */
export function kernelFile(base64) {
  const lines = base64.match(/.{1,100}/g).map((line) => `  '${line}',`)
  return `/** Generated from polynomials.wat by \`npm run kernel\`; do not edit. */\nexport const POLYNOMIALS_WASM = [\n${lines.join('\n')}\n].join('')\n`
}

if (import.meta.filename === process.argv[1]) {
  writeFileSync(join(folder, 'polynomials-wasm.ts'), kernelFile(await assembleKernel()))
}

/** Values that nobody could write by chance, planted in a data set, and the search for them in whatever a run leaves behind. */
import { readFile } from 'node:fs/promises'

/** Ten digits that all planted values share; two more tell them apart. */
const DIGITS = '5827361940'
export const PLANTED = 40

/** The planted numbers, twelve digits each. */
export const plantedNumbers: readonly string[] = Array.from(
  { length: PLANTED },
  (_, index) => `${DIGITS}${10 + index}`,
)

/** The forms in which a planted value may have got somewhere: text, base64 at each of three offsets, binary numbers. */
export const needles: readonly { form: string; bytes: Buffer }[] = [
  { form: 'text', bytes: Buffer.from(DIGITS) },
  ...[0, 1, 2].map((offset) => {
    const encoded = Buffer.from('.'.repeat(offset) + DIGITS).toString('base64')
    // What stands before the first whole group and after the last one depends on the neighbours.
    const from = offset === 0 ? 0 : 4
    const whole = Math.floor((offset + DIGITS.length) / 3) * 4
    return { form: `base64 at offset ${offset}`, bytes: Buffer.from(encoded.slice(from, whole)) }
  }),
  { form: 'double', bytes: commonBytes((bytes, value) => bytes.writeDoubleLE(value)) },
  { form: 'integer', bytes: commonBytes((bytes, value) => bytes.writeBigInt64LE(BigInt(value))) },
]

/** The high bytes, little-endian, that all planted numbers share. */
function commonBytes(write: (bytes: Buffer, value: number) => void): Buffer {
  const all = plantedNumbers.map((text) => {
    const bytes = Buffer.alloc(8)
    write(bytes, Number(text))
    return bytes
  })
  let from = 8
  while (from > 0 && all.every((bytes) => bytes[from - 1] === all[0][from - 1])) from--
  return all[0].subarray(from)
}

/** Forms of planted values that stand in these bytes. */
export function formsIn(bytes: Buffer): string[] {
  return needles.filter((needle) => bytes.includes(needle.bytes)).map(({ form }) => form)
}

/** "file: form" for every form found in every file. */
export async function formsInFiles(files: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const file of files) {
    for (const form of formsIn(await readFile(file))) found.push(`${file}: ${form}`)
  }
  return found
}

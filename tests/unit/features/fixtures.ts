import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, expect } from 'vitest'

/** A folder for the calling test file, removed when its tests are over. */
export function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'yinxin-features-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

let folders = 0

/** Writes files into a fresh folder below `base`; names ending in .gz are compressed, objects become JSON. */
export function writeFolder(base: string, files: Record<string, string | Buffer | object>): string {
  const dir = join(base, `set-${++folders}`)
  mkdirSync(dir)
  for (const [name, content] of Object.entries(files)) {
    const bytes =
      typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content, null, 1)
    writeFileSync(join(dir, name), name.endsWith('.gz') ? gzipSync(bytes) : bytes)
  }
  return dir
}

/** Expects a refusal with this code whose message holds all the parts. */
export async function expectFault(work: Promise<unknown>, code: string, ...parts: string[]): Promise<void> {
  const fault: { code?: string; message: string } = await work.then(
    () => expect.fail(`expected ${code}, nothing was thrown`),
    (cause) => cause,
  )
  expect(`${fault.code}: ${fault.message}`).toContain(code)
  for (const part of parts) expect(fault.message).toContain(part)
  if (!fault.message.includes('Exclusion rule')) expect(fault.message).toMatch(/ Rule: .+ Mend: /)
}

/** A data set of two departments and one bank whose files know different enterprises; `changes` overrides files. */
export function smallSet(
  base: string,
  changes: Record<string, string | Buffer | object | null> = {},
): string {
  const files: Record<string, string | Buffer | object | null> = {
    'manifest.json': smallManifest(),
    'market.csv.gz': 'id,capital,state\na,10,open\nb,,"shut, for good"\nd,-2.5e3,open\n',
    'tax.csv': 'id,paid,growth,level\nc,1,0.5,A\na,2,,B\n',
    'bank.csv': 'id,y,age,rating\na,0,3,x\nb,1,4,y\ne,0,,\n',
    ...changes,
  }
  const kept = Object.entries(files).filter(
    (entry): entry is [string, string | Buffer | object] => entry[1] !== null,
  )
  return writeFolder(base, Object.fromEntries(kept))
}

export function smallManifest(changes: object = {}): object {
  return {
    name: 'small',
    labelParty: 'bank',
    label: 'y',
    parties: [
      {
        party: 'market',
        file: 'market.csv.gz',
        features: [
          { name: 'capital', type: 'numeric' },
          { name: 'state', type: 'categorical' },
        ],
      },
      {
        party: 'tax',
        file: 'tax.csv',
        features: [
          { name: 'paid', type: 'numeric' },
          { name: 'growth', type: 'numeric' },
          { name: 'level', type: 'categorical' },
        ],
      },
      {
        party: 'bank',
        file: 'bank.csv',
        features: [
          { name: 'age', type: 'numeric' },
          { name: 'rating', type: 'categorical' },
        ],
      },
    ],
    leakyColumns: ['rating'],
    ...changes,
  }
}

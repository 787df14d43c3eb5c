/** What a node must not forget of its nights, as a few named pieces of bytes of its own. */
import { nightErrors } from './errors.ts'

/** Names are of small letters, digits, dots and hyphens. */
export interface NightFiles {
  /** Null where there is none. */
  read(name: string): Promise<Uint8Array | null>
  /** Resolves when the piece is durable, whole in its old or its new form. */
  write(name: string, bytes: Uint8Array): Promise<void>
  /** One that is gone already is no fault. */
  remove(name: string): Promise<void>
}

/** Nothing outlives the process: for tests and examples. */
export function memoryNightFiles(): NightFiles & { readonly pieces: Map<string, Uint8Array> } {
  const pieces = new Map<string, Uint8Array>()
  return {
    pieces,
    read: async (name) => pieces.get(name) ?? null,
    async write(name, bytes) {
      pieces.set(name, Uint8Array.from(bytes))
    },
    async remove(name) {
      pieces.delete(name)
    },
  }
}

/** @throws NightFileDamaged where a piece is there and is no JSON */
export async function readRecord<V>(files: NightFiles, name: string, none: V): Promise<V> {
  const bytes = await files.read(name)
  if (!bytes) return none
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as V
  } catch {
    throw new nightErrors.NightFileDamaged('it is no JSON', name)
  }
}

export const writeRecord = (files: NightFiles, name: string, record: object): Promise<void> =>
  files.write(name, Buffer.from(JSON.stringify(record), 'utf8'))

/** Preloaded into every process of a run (`--import`, the folder in the query): keeps all bytes that it writes to a socket. */
import { appendFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'

const folder = new URL(import.meta.url).searchParams.get('folder') as string
const file = join(folder, `${process.pid}.bin`)

interface Chunk {
  readonly chunk: string | Uint8Array
  readonly encoding: BufferEncoding
}
type Generic = (many: boolean, data: unknown, encoding: BufferEncoding, done: unknown) => unknown

const keep = (chunk: string | Uint8Array, encoding: BufferEncoding) =>
  appendFileSync(file, typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk)

const sockets = Socket.prototype as unknown as { _writeGeneric: Generic }
const writeGeneric = sockets._writeGeneric
sockets._writeGeneric = function (many, data, encoding, done) {
  if (many) for (const { chunk, encoding: own } of data as Chunk[]) keep(chunk, own)
  else keep(data as string | Uint8Array, encoding)
  return writeGeneric.call(this, many, data, encoding, done)
}

import { isUtf8 } from 'node:buffer'

/** Checks UTF-8 byte by byte (Unicode 16.0, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF). */
export class Utf8Check {
  #needed = 0
  #low = 0x80
  #high = 0xbf

  /** True inside a character of several bytes. */
  get pending(): boolean {
    return this.#needed > 0
  }

  /** Takes the next byte; false if no valid text goes on so. */
  accept(byte: number): boolean {
    if (this.#needed > 0) {
      if (byte < this.#low || byte > this.#high) return false
      this.#needed--
      this.#low = 0x80
      this.#high = 0xbf
      return true
    }
    if (byte < 0x80) return true
    if (byte < 0xc2 || byte > 0xf4) return false
    this.#needed = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3
    if (byte === 0xe0) this.#low = 0xa0
    if (byte === 0xed) this.#high = 0x9f
    if (byte === 0xf0) this.#low = 0x90
    if (byte === 0xf4) this.#high = 0x8f
    return true
  }
}

/** Checks UTF-8 chunk by chunk with the runtime's vector code; where a fault is, `Utf8Check` then tells. */
export class Utf8Stream {
  /** Begin of a character that the next chunk goes on with, at most three bytes. */
  #tail = Buffer.alloc(0)

  /** True inside a character of several bytes. */
  get pending(): boolean {
    return this.#tail.length > 0
  }

  /** Takes the next chunk: -1, or the index of the first byte in it with which no valid text goes on. */
  accept(chunk: Buffer): number {
    const held = this.#tail.length
    const text = held > 0 ? Buffer.concat([this.#tail, chunk]) : chunk
    const complete = completeLength(text)
    if (!isUtf8(text.subarray(0, complete))) return Math.max(0, firstFault(text) - held)
    this.#tail = Buffer.from(text.subarray(complete))
    return -1
  }
}

function completeLength(text: Buffer): number {
  for (let back = 1; back <= 3 && back <= text.length; back++) {
    const byte = text[text.length - back]
    if (byte < 0x80) break
    if (byte >= 0xc0) {
      const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
      return length > back ? text.length - back : text.length
    }
  }
  return text.length
}

function firstFault(text: Buffer): number {
  const check = new Utf8Check()
  return text.findIndex((byte) => !check.accept(byte))
}

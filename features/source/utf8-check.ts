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

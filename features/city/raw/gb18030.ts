/**
 * Encodes text as GB18030: ASCII and the two-byte part (GBK), which holds every character that a made-up city uses. The runtime
 * can only decode it, so the table is that of its decoder, turned round.
 *
 * @throws RangeError for a character outside it
 */
export function encodeGb18030(text: string): Buffer {
  const table = encodingTable()
  const bytes = Buffer.alloc(2 * text.length)
  let length = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) {
      bytes[length++] = unit
      continue
    }
    const pair = table[unit]
    if (pair === 0) throw new RangeError('a character outside GBK')
    bytes[length++] = pair >> 8
    bytes[length++] = pair & 0xff
  }
  return bytes.subarray(0, length)
}

let known: Uint16Array | null = null

function encodingTable(): Uint16Array {
  if (known !== null) return known
  const table = new Uint16Array(0x10000)
  const decoder = new TextDecoder('gb18030', { fatal: true })
  const pair = new Uint8Array(2)
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    for (let trail = 0x40; trail <= 0xfe; trail++) {
      if (trail === 0x7f) continue
      pair[0] = lead
      pair[1] = trail
      const character = decoder.decode(pair)
      if (character.length === 1) table[character.charCodeAt(0)] = (lead << 8) | trail
    }
  }
  known = table
  return table
}

/** 32-bit words of scores and counts as little-endian bytes: sizes say nothing about values. */
import { engineErrors } from '../../engine/index.ts'

export const bytesOfWords = (words: Uint32Array): Uint8Array => {
  const bytes = new Uint8Array(words.length * 4)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < words.length; i++) view.setUint32(i * 4, words[i], true)
  return bytes
}

/** @throws MalformedVector unless exactly `count` words are there */
export function wordsOfBytes(bytes: Uint8Array, count: number): Uint32Array {
  if (bytes.length !== count * 4) throw new engineErrors.MalformedVector()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const words = new Uint32Array(count)
  for (let i = 0; i < count; i++) words[i] = view.getUint32(i * 4, true)
  return words
}

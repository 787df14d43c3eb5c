import { isAscii } from 'node:buffer'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { featuresErrors } from '../errors.ts'
import { CsvScanner, type CsvSettings, type CsvShape } from './csv-scan.ts'
import { fileBytes } from './file-bytes.ts'
import { kindOf } from './file-kind.ts'
import { Utf8Stream } from './utf8-check.ts'

/**
 * Rewrites a GB18030 file as UTF-8 and scans it on the way.
 *
 * @param target path of the new file, which must not exist; the caller removes it
 * @throws YX_FEATURES_ENCODING_MISDECLARED where the file is no GB18030 text, or UTF-8 after all; the errors of `scanCsv`
 */
export async function rewriteGb18030(
  path: string,
  target: string,
  shown: string,
  settings: CsvSettings,
): Promise<CsvShape> {
  if (await isUtf8File(path, shown)) {
    throw new featuresErrors.EncodingMisdeclared(shown, 'the whole file is UTF-8 text')
  }
  const scanner = new CsvScanner(shown, settings)
  const decoder = new TextDecoder('gb18030', { fatal: true })
  const file = createWriteStream(target, { mode: 0o600, flags: 'wx', highWaterMark: 1 << 20 })
  const written = finished(file)
  written.catch(() => {})
  const pass = async (text: string): Promise<void> => {
    const bytes = Buffer.from(text)
    scanner.push(bytes)
    if (!file.write(bytes)) await Promise.race([written, once(file, 'drain')])
  }
  try {
    let start = true
    for await (const chunk of fileBytes(path, shown, () => scanner.line)) {
      const kind = start ? kindOf(chunk) : null
      if (kind !== null) throw new featuresErrors.FileKindWrong(shown, kind.name, kind.mend)
      start = false
      await pass(decoder.decode(chunk, { stream: true }))
    }
    await pass(decoder.decode())
    file.end()
    await written
  } catch (cause) {
    // Until it is closed: a file that is still being opened would appear after the caller has removed it.
    file.destroy()
    await written.catch(() => {})
    if (!isDecodingFault(cause)) throw cause
    const line = await firstFaultyLine(path, shown)
    throw new featuresErrors.EncodingMisdeclared(`${shown} line ${line}`, 'bytes that are not GB18030 text')
  }
  return scanner.end()
}

/** True where a file decodes as GB18030 from begin to end. Many other bytes do too: this is a hint, never a decision. */
export async function looksLikeGb18030(path: string, shown: string): Promise<boolean> {
  const decoder = new TextDecoder('gb18030', { fatal: true })
  try {
    for await (const chunk of fileBytes(path, shown, () => 1)) decoder.decode(chunk, { stream: true })
    decoder.decode()
    return true
  } catch (cause) {
    if (isDecodingFault(cause)) return false
    throw cause
  }
}

/** True for text that is UTF-8 and more than ASCII: real GB18030 text is not both, but for a few words. */
async function isUtf8File(path: string, shown: string): Promise<boolean> {
  const utf8 = new Utf8Stream()
  let beyondAscii = false
  for await (const chunk of fileBytes(path, shown, () => 1)) {
    if (utf8.accept(chunk) >= 0) return false
    beyondAscii ||= !isAscii(chunk)
  }
  return beyondAscii && !utf8.pending
}

function isDecodingFault(cause: unknown): boolean {
  return (cause as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA'
}

/** The decoder tells that a chunk is wrong and not where, so the file is decoded again with marks for wrong bytes. */
async function firstFaultyLine(path: string, shown: string): Promise<number> {
  const decoder = new TextDecoder('gb18030')
  let line = 1
  for await (const chunk of fileBytes(path, shown, () => line)) {
    const text = decoder.decode(chunk, { stream: true })
    const fault = text.indexOf('\ufffd')
    for (let at = text.indexOf('\n'); at >= 0 && (fault < 0 || at < fault); at = text.indexOf('\n', at + 1))
      line++
    if (fault >= 0) break
  }
  return line
}

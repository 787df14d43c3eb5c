import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { featuresErrors } from '../errors.ts'

/** Whether a file is read through gunzip: by its name, whatever the case. */
export function isGzip(path: string): boolean {
  return /\.gz$/i.test(path)
}

/**
 * Streams a file's bytes, unpacked where its name ends in `.gz`.
 *
 * @param line the line reached so far, for the message about a damaged gzip file
 * @throws YX_FEATURES_FILE_MISSING, _COMPRESSION_BROKEN
 */
export async function* fileBytes(path: string, shown: string, line: () => number): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: 1 << 20 })
  try {
    if (!isGzip(path)) {
      for await (const chunk of file) yield chunk as Buffer
      return
    }
    const gunzip = createGunzip({ chunkSize: 1 << 18 })
    file.on('error', (cause) => gunzip.destroy(cause))
    for await (const chunk of file.pipe(gunzip)) yield chunk as Buffer
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? ''
    if (code.startsWith('Z_') || code === 'ERR_STREAM_PREMATURE_CLOSE') {
      throw new featuresErrors.CompressionBroken(shown, line())
    }
    throw new featuresErrors.FileMissing(shown, code)
  } finally {
    file.destroy()
  }
}

/** What tells whether a file is still the same one with the same content: device, inode, size, times. */
export type FileState = string

/**
 * State of a regular file at this moment.
 *
 * @throws YX_FEATURES_FILE_MISSING, also for a folder, a pipe or a device
 */
export async function fileState(path: string, shown: string): Promise<FileState> {
  try {
    const found = await stat(path, { bigint: true })
    if (!found.isFile()) throw Object.assign(new Error(), { code: 'not a regular file' })
    return [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(' ')
  } catch (cause) {
    throw new featuresErrors.FileMissing(shown, (cause as NodeJS.ErrnoException).code)
  }
}

/**
 * Runs `work`, which reads the file, and refuses its result when the file is not the same afterwards: what was read may then
 * be half old, half new. A failure of `work` on such a file is reported as the change too, since it is most likely its effect.
 *
 * @throws YX_FEATURES_FILE_MISSING, _SOURCE_CHANGED; what `work` throws
 */
export async function whileUnchanged<T>(path: string, shown: string, work: () => Promise<T>): Promise<T> {
  const before = await fileState(path, shown)
  const check = async (): Promise<void> => {
    const after = await fileState(path, shown).catch(() => null)
    if (after !== before) throw new featuresErrors.SourceChanged(shown)
  }
  let result: T
  try {
    result = await work()
  } catch (cause) {
    await check()
    throw cause
  }
  await check()
  return result
}

import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { featuresErrors } from './errors.ts'

/**
 * Reads a list of reviewed credit codes that break a check rule and are real: one a line, `#` begins a remark.
 *
 * @throws YX_FEATURES_FILE_MISSING, YX_FEATURES_EXCEPTIONS_INVALID with the line
 */
export async function readExceptions(file: string): Promise<Set<string>> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    throw new featuresErrors.FileMissing(basename(file), (cause as NodeJS.ErrnoException).code)
  }
  const codes = new Set<string>()
  text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .forEach((line, index) => {
      const code = line.replace(/#.*$/, '').trim()
      if (code === '') return
      if (!/^[0-9A-Z]{18}$/.test(code)) {
        throw new featuresErrors.ExceptionsInvalid(
          basename(file),
          index + 1,
          'not 18 digits and capital letters',
        )
      }
      if (codes.has(code)) {
        throw new featuresErrors.ExceptionsInvalid(
          basename(file),
          index + 1,
          'the code of an earlier line again',
        )
      }
      codes.add(code)
    })
  return codes
}

/**
 * The operator's token of a platform: a file in its state folder, readable by its owner only. Whoever may read it may start runs, so
 * the commands of the operator run on the platform's machine under the platform's account.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { serverErrors } from '../errors.ts'
import { readIfThere, replaceFile } from '../state/durable-file.ts'

const TOKEN_FILE = 'operator-token'
const TOKEN_BYTES = 24

/** The token in a platform's state folder, made at first use. */
export async function makeOperatorToken(state: string): Promise<string> {
  const known = (await readIfThere(join(state, TOKEN_FILE)))?.trim()
  if (known) return known
  const token = randomBytes(TOKEN_BYTES).toString('base64url')
  await mkdir(state, { recursive: true, mode: 0o700 })
  await replaceFile(join(state, TOKEN_FILE), `${token}\n`)
  return token
}

/**
 * @param file in place of the one in the state folder
 * @throws OperatorTokenMissing
 */
export async function readOperatorToken(state: string, file = join(state, TOKEN_FILE)): Promise<string> {
  const token = await readFile(file, 'utf8').then(
    (text) => text.trim(),
    () => '',
  )
  if (token === '') throw new serverErrors.OperatorTokenMissing(file)
  return token
}

/** What a report says of the software that made it. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

export async function versions(): Promise<Record<string, string>> {
  const root = join(import.meta.dirname, '..', '..')
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
  return { yinxin: version, node: process.version, platform: `${process.platform}-${process.arch}` }
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Version of this installation. */
export const YINXIN_VERSION = (
  JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8')) as { version: string }
).version

#!/usr/bin/env node
/** `yinxin`: the one executable. Data on stdout, talk on stderr; exit codes by the registry. */
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// Compiled code is kept between starts: a consortium on one machine starts a dozen processes of the same sources.
enableCompileCache(join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'yinxin'))
const { runMain } = await import('./run-main.ts')
await runMain(process.argv)

#!/usr/bin/env node
/** `yinxin`: the one executable. Data on stdout, talk on stderr; exit codes by the registry. */
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'

// These wait for days between runs: a young generation that does not grow while they start leaves 25 MB to others.
if (['provider', 'label-holder'].includes(process.argv[2])) setFlagsFromString('--semi-space-growth-factor=1')
// Compiled code is kept between starts: a consortium on one machine starts a dozen processes of the same sources.
enableCompileCache(join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'yinxin'))
const { runMain } = await import('./run-main.ts')
await runMain(process.argv)

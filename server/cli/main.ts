#!/usr/bin/env node
/** `yinxin`: the one executable. Data on stdout, talk on stderr; exit codes by the registry. */
import { runMain } from './run-main.ts'

await runMain(process.argv)

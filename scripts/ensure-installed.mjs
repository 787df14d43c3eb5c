// Runs before every npm script, on whatever Node the machine has (20 or newer): installs the locked packages when they
// are missing or older than the lock file. One of them is Node itself, so that the script that follows runs on Node 24.
import { execSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..')
const lock = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex')
const stamp = join(root, 'node_modules', '.yinxin-lock')
const installed = existsSync(stamp) && readFileSync(stamp, 'utf8') === lock

if (!installed) {
  process.stderr.write('yinxin: installing packages (once) ...\n')
  const started = Date.now()
  try {
    execSync('npm ci --no-audit --no-fund --loglevel=error', {
      cwd: root,
      stdio: ['ignore', 2, 2],
      // Its install script fetches GPU libraries that nothing here uses; npm 11 is told so in package.json, npm 10 here.
      env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
    })
  } catch {
    process.stderr.write('yinxin: "npm ci" failed; run it by hand to see why, then start again.\n')
    process.exit(1)
  }
  writeFileSync(stamp, lock)
  process.stderr.write(`yinxin: installed in ${((Date.now() - started) / 1000).toFixed(0)} s\n`)
}

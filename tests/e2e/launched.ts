/** `yinxin` as a stranger starts it: a real process, its output, its children, and nothing of it left behind. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll } from 'vitest'

const MAIN = join(import.meta.dirname, '..', '..', 'server', 'cli', 'main.ts')
const POLL_MS = 50
/** Longest wait for something that a run does by itself; far above what it takes, so that it says "never", not "slow". */
const PATIENCE_MS = 55_000

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface PartyProcess {
  readonly pid: number
  /** Name of the party: the folder that holds its configuration. */
  readonly party: string
}

const launched = new Set<Launched>()
const folders: string[] = []

afterAll(async () => {
  for (const one of launched) one.destroy()
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 5 })))
})

/** A new empty folder that goes away with the test file. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'yinxin-e2e-'))
  folders.push(folder)
  return folder
}

/** A port of the loopback address that nobody uses at the moment. */
export function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer()
    server.once('error', failed)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => found(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Every file below a folder, as full paths; none if there is no such folder. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

export class Launched {
  stdout = ''
  stderr = ''
  readonly ended: Promise<Ended>
  #child: ChildProcess
  #seen = new Set<number>()

  /** @param quiet no progress and no notes */
  constructor(args: readonly string[], state: string, quiet: boolean) {
    const { YINXIN_QUIET: _, ...environment } = process.env
    this.#child = spawn(process.execPath, [MAIN, ...args], {
      env: { ...environment, YINXIN_STATE: state, NO_COLOR: '1', ...(quiet && { YINXIN_QUIET: '1' }) },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child.stdout?.on('data', (chunk) => {
      this.stdout += chunk
    })
    this.#child.stderr?.on('data', (chunk) => {
      this.stderr += chunk
    })
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => resolve({ code, signal }))
    })
    launched.add(this)
  }

  get pid(): number {
    return this.#child.pid as number
  }

  /** The parties' processes that run at the moment. */
  parties(): PartyProcess[] {
    const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    const found: PartyProcess[] = []
    for (const line of table.split('\n')) {
      const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
      if (Number(parent) !== this.pid) continue
      const party = /nodes[/\\]([^/\\]+)[/\\][a-z-]+\.json$/.exec(command)?.[1]
      if (party === undefined) continue
      this.#seen.add(Number(pid))
      found.push({ pid: Number(pid), party })
    }
    return found
  }

  /** Those of all processes ever returned by `parties`, and the launcher, that still run. */
  leftBehind(): number[] {
    return [this.pid, ...this.#seen].filter(isAlive)
  }

  /** Sends a signal to the process of one party. */
  signalParty(party: string, signal: NodeJS.Signals): void {
    const found = this.parties().find((one) => one.party === party)
    if (found === undefined) throw new Error(`no process of ${party}; stderr: ${this.stderr}`)
    process.kill(found.pid, signal)
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Waits until something holds; fails at once if the launcher ended before. */
  async until<V>(what: string, look: () => V | undefined | Promise<V | undefined>): Promise<V> {
    const end = performance.now() + PATIENCE_MS
    while (performance.now() < end) {
      const seen = await look()
      if (seen !== undefined) return seen
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) break
      await sleep(POLL_MS)
    }
    const last = await look()
    if (last !== undefined) return last
    throw new Error(`never came: ${what}\nstdout: ${this.stdout}\nstderr: ${this.stderr}`)
  }

  /** The match of a pattern in what was written to stderr, as soon as it is there. */
  says(pattern: RegExp): Promise<RegExpExecArray> {
    return this.until(String(pattern), () => pattern.exec(this.stderr) ?? undefined)
  }

  /** Ends everything at once, stopped processes too. */
  destroy(): void {
    launched.delete(this)
    const pids = this.#child.exitCode === null ? this.parties().map(({ pid }) => pid) : []
    for (const pid of [this.pid, ...pids, ...this.#seen].filter(isAlive)) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It ended in between.
      }
    }
  }
}

/** Starts `yinxin` with these arguments. */
export function launch(args: readonly string[], options: { state: string; quiet?: boolean }): Launched {
  return new Launched(args, options.state, options.quiet ?? false)
}

/** Runs `yinxin` to its end. */
export async function runToEnd(
  args: readonly string[],
  options: { state: string; quiet?: boolean },
): Promise<Launched & { exit: Ended }> {
  const run = launch(args, options)
  const exit = await run.ended
  return Object.assign(run, { exit })
}

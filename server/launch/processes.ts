/** The operating-system processes of a consortium on one machine: started, watched, stopped together. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { serverErrors } from '../errors.ts'
import type { PreparedNode } from './prepare.ts'

const MAIN = join(
  import.meta.dirname,
  '..',
  'cli',
  `main${import.meta.filename.endsWith('.ts') ? '.ts' : '.js'}`,
)
const STOP_MS = 3000
/** The optimising compiler takes 450 MB for a moment when the embedded database grows hot; one task at a time takes less. */
const PLATFORM_FLAGS = ['--wasm-num-compilation-tasks=1', '--max-semi-space-size=4']

export class ProcessGroup {
  #children = new Map<string, ChildProcess>()
  #stopping = false
  #onDeath: (name: string) => void

  /** @param onDeath called with the name of a process that ended without being told to */
  constructor(onDeath: (name: string) => void) {
    this.#onDeath = onDeath
  }

  /**
   * Starts `yinxin <role> <config>`; its log goes to a file beside its configuration.
   * @param within a command that the process is started by, in its place
   */
  start(node: PreparedNode, within: readonly string[] = []): void {
    if (this.#stopping) return
    const log = createWriteStream(`${node.configFile}.log`, { mode: 0o600, flags: 'a' })
    const flags = node.role === 'platform' ? PLATFORM_FLAGS : []
    const [command, ...args] = [...within, process.execPath, ...flags, MAIN, node.role, node.configFile]
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    child.stdout?.pipe(log, { end: false })
    child.stderr?.pipe(log, { end: false })
    child.once('exit', () => {
      this.#children.delete(node.name)
      if (!this.#stopping) this.#onDeath(node.name)
    })
    this.#children.set(node.name, child)
  }

  /** What a node's log says of its end: the last error with the line after it, else the last lines. */
  static async logTail(node: PreparedNode, lines = 3): Promise<string> {
    const text = await readFile(`${node.configFile}.log`, 'utf8').catch(() => '')
    const all = text.trim().split('\n')
    const fault = all.findLastIndex((line) => /^(yinxin: |\S*Error\b)/.test(line))
    return (fault < 0 ? all.slice(-lines) : all.slice(fault, fault + 2)).join('\n')
  }

  pidOf(name: string): number {
    const pid = this.#children.get(name)?.pid
    if (pid === undefined) throw new serverErrors.ProcessUnknown(name)
    return pid
  }

  /** Largest resident memory of each process in megabytes, where the system tells. */
  async peakMemory(): Promise<Record<string, number>> {
    const peaks: Record<string, number> = {}
    for (const [name, child] of this.#children) {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '')
      const match = /VmHWM:\s+(\d+) kB/.exec(status)
      if (match) peaks[name] = Math.round(Number(match[1]) / 1024)
    }
    return peaks
  }

  /** Asks every process but those named to stop, then insists. */
  async stop(except: readonly string[] = []): Promise<void> {
    this.#stopping = true
    const ending = [...this.#children].filter(([name]) => !except.includes(name))
    await Promise.all(
      ending.map(
        ([, child]) =>
          new Promise<void>((resolve) => {
            const insist = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
            child.once('exit', () => {
              clearTimeout(insist)
              resolve()
            })
            child.kill('SIGTERM')
          }),
      ),
    )
  }
}

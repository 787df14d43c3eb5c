/** What the system says of a process of ours; nothing where it has no /proc. */
import { readFile } from 'node:fs/promises'

export interface ProcessFigures {
  readonly residentMb: number
  readonly peakMb: number
  /** Processor time so far, all threads. */
  readonly cpuSeconds: number
}

/** Ticks of a second in /proc; the same on every Linux that Node runs on. */
const TICKS = 100

export async function figuresOf(pid: number): Promise<ProcessFigures> {
  const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
  const [status, stat] = await Promise.all([read('status'), read('stat')])
  const megabytes = (field: string) =>
    Math.round(Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1024)
  // The command in brackets may hold spaces; after it, user and system time are the 12th and 13th field.
  const fields = stat.replace(/^.*\) /s, '').split(' ')
  return {
    residentMb: megabytes('VmRSS'),
    peakMb: megabytes('VmHWM'),
    cpuSeconds: (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS,
  }
}

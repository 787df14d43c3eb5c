/** What the doctor measures of its machine; a test gives others. */
import { open, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { availableMemory } from 'node:process'
import { PROTOCOL_VERSION } from '../../federation/index.ts'
import { YINXIN_VERSION } from '../version.ts'

export interface Surroundings {
  /** Milliseconds since 1970. */
  now(): number
  /** Minutes that this machine's time is ahead of UTC. */
  zone(): number
  /** Bytes that may be written to the file system of a folder. */
  freeBytes(folder: string): Promise<number>
  /** Bytes that a new process may take. */
  freeMemory(): number
  /** Milliseconds until a small write to a folder is durable. @throws what the system says of a folder that takes none */
  syncMs(folder: string): Promise<number>
  readonly node: string
  readonly yinxin: string
  readonly protocol: number
}

const SYNCS = 5

/** Median over a few small files' worth of writes. */
async function syncMs(folder: string): Promise<number> {
  const file = join(folder, `.doctor-${process.pid}`)
  const handle = await open(file, 'w', 0o600)
  try {
    const times: number[] = []
    for (let i = 0; i < SYNCS; i++) {
      await handle.write(Buffer.alloc(4096))
      const began = performance.now()
      await handle.datasync()
      times.push(performance.now() - began)
    }
    return times.sort((a, b) => a - b)[SYNCS >> 1]
  } finally {
    await handle.close()
    await rm(file, { force: true })
  }
}

export const machine: Surroundings = {
  now: () => Date.now(),
  zone: () => -new Date().getTimezoneOffset(),
  async freeBytes(folder) {
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize
  },
  freeMemory: () => availableMemory(),
  syncMs,
  node: process.versions.node,
  yinxin: YINXIN_VERSION,
  protocol: PROTOCOL_VERSION,
}

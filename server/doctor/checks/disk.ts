/** Whether what the node writes has room, and how fast it becomes durable. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Examined } from '../examined.ts'
import { type Finding, sayer, words } from '../finding.ts'
import type { Patient } from '../patient.ts'

const say = sayer('disk')
const MB = 1_000_000
/** Every message is made durable before it is acted upon. */
const SLOW_MS = 50

/** A generous plan: 12 rounds, 24 bytes a row and round in each direction that is kept, 32 MB of keys and messages beside. */
const ROUNDS = 12
const BYTES_A_ROW_AND_ROUND = 24
const BYTES_A_RUN = 32 * MB
/** Features made of raw tables are frozen: so many columns of 8 bytes. */
const COLUMNS = 64
/** Ratings and their indexes in the embedded database, a snapshot; the last few are kept. */
const BYTES_A_RATING = 2_000
const BASE = 500 * MB

export async function checkDisk({ patient, roster, surroundings }: Examined): Promise<Finding[]> {
  const folder = existing(join(patient.folder, patient.config.state))
  let free: number
  let sync: number
  try {
    free = await surroundings.freeBytes(folder)
    sync = await surroundings.syncMs(folder)
  } catch (fault) {
    const code = (fault as NodeJS.ErrnoException).code ?? 'unknown'
    return [
      say.fail(
        words(`状态文件夹无法写入（${code}）`, `the state folder cannot be written (${code})`),
        words(
          '检查权限、剩余空间以及文件系统是否只读。',
          'See its rights, the space left, and whether the file system is mounted read-only.',
        ),
      ),
    ]
  }
  const findings = [space(patient, roster instanceof Error ? 0 : roster.size, free)]
  findings.push(
    sync > SLOW_MS
      ? say.warn(
          words(`一次落盘需要 ${sync.toFixed(0)} 毫秒`, `a write takes ${sync.toFixed(0)} ms to be durable`),
          words(
            '把 "state" 放到本机固态硬盘；网络盘会拖慢每条消息。',
            'Put "state" on a local solid-state disk; a network share slows every message.',
          ),
        )
      : say.ok(`一次落盘 ${sync.toFixed(1)} 毫秒`, `a write is durable after ${sync.toFixed(1)} ms`),
  )
  return findings
}

/** The folder itself, or the nearest one above it that is there. */
function existing(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : existing(dirname(folder))
}

/** Bytes that the node may come to need, and how they were counted. */
function needed(patient: Patient, rows: number): { bytes: number; formula: string } {
  const run = BYTES_A_RUN + rows * ROUNDS * BYTES_A_ROW_AND_ROUND
  const ofRun = `32 MB + ${rows} rows x ${ROUNDS} rounds x ${BYTES_A_ROW_AND_ROUND} bytes`
  switch (patient.role) {
    case 'provider': {
      const runs = patient.config.keepRuns + 1
      return {
        bytes: runs * (run + rows * COLUMNS * 8),
        formula: `${runs} runs x (${ofRun} + ${rows} rows x ${COLUMNS} columns x 8 bytes)`,
      }
    }
    case 'platform':
      return {
        bytes: BASE + run + 3 * rows * BYTES_A_RATING,
        formula: `500 MB + ${ofRun} + 3 snapshots x ${rows} rows x ${BYTES_A_RATING} bytes`,
      }
    default:
      return { bytes: run, formula: ofRun }
  }
}

function space(patient: Patient, rows: number, free: number): Finding {
  const { bytes, formula } = needed(patient, rows)
  const [have, need] = [free, bytes].map((value) => `${Math.floor(value / MB)} MB`)
  const mend = words(
    '清理磁盘，或把 "state" 移到更大的磁盘（先停节点）。',
    'Make room, or move "state" to a larger disk with the node stopped.',
  )
  if (free < bytes)
    return say.fail(
      words(
        `剩余 ${have}，预计需要 ${need}（${formula}）`,
        `${have} free, ${need} may be needed (${formula})`,
      ),
      mend,
    )
  return free < 2 * bytes
    ? say.warn(
        words(
          `剩余 ${have}，预计需要 ${need}（${formula}）`,
          `${have} free, ${need} may be needed (${formula})`,
        ),
        mend,
      )
    : say.ok(
        `剩余 ${have}，预计最多需要 ${need}（${formula}）`,
        `${have} free, at most ${need} needed (${formula})`,
      )
}

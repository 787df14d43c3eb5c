import type { Examined } from '../examined.ts'
import { type Finding, sayer, words } from '../finding.ts'

const say = sayer('memory')
const MB = 1_000_000
/** Peak of a process in a run over tens of thousands of rows. */
const PEAK_MB = 450

export function checkMemory({ surroundings }: Examined): Finding[] {
  const free = Math.floor(surroundings.freeMemory() / MB)
  return [
    free < PEAK_MB
      ? say.warn(
          words(
            `可用内存 ${free} MB，运行时可能需要 ${PEAK_MB} MB`,
            `${free} MB of memory available, a run may take ${PEAK_MB} MB`,
          ),
          words('关闭其他程序，或增加内存。', 'End other programs, or give the machine more.'),
        )
      : say.ok(`可用内存 ${free} MB`, `${free} MB of memory available`),
  ]
}

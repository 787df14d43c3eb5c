import type { AppendedCell, RowAppender } from '../../source/row-appender.ts'
import { SYNTHETIC_SERIAL_MAX, syntheticUscc } from '../../uscc.ts'
import type { Stream } from '../random.ts'
import { type Defects, mistype } from './defects.ts'
import { countyName } from './names.ts'
import { isIndividual, type Subjects } from './subjects.ts'

/** Shares of records (design/domain.md 6.5). */
const DUPLICATES = 0.01
const WRONG_CODES = 0.003

/** Adds records to a file in which some stand twice and some have a mistyped credit code, and takes note of these. */
export class PlantedRecords {
  readonly #appender: RowAppender
  readonly #stream: Stream
  readonly #defects: Defects

  constructor(appender: RowAppender, stream: Stream, defects: Defects) {
    this.#appender = appender
    this.#stream = stream
    this.#defects = defects
  }

  /** Adds a record whose first cell is the credit code. */
  add(cells: readonly AppendedCell[]): void {
    if (this.#stream.chance(WRONG_CODES)) {
      const mistyped = mistype(cells[0] as string, this.#stream)
      this.#defects.wrongCode(0, mistyped)
      this.#appender.row([mistyped.code, ...cells.slice(1)])
      this.#defects.advance(1)
      return
    }
    this.#appender.row(cells)
    this.#defects.advance(1)
    if (!this.#stream.chance(DUPLICATES)) return
    this.#defects.duplicate(0)
    this.#appender.row(cells)
    this.#defects.advance(1)
  }

  close(): void {
    this.#appender.close()
  }
}

/** Category of the counterparty in permits and penalties. */
export function counterpartyOf(subjects: Subjects, firm: number): string {
  return isIndividual(subjects, firm) ? '个体工商户' : '法人及非法人组织'
}

/** Words of the authorities of a county. */
export const AUTHORITIES = ['行政审批局', '市场监督管理局', '应急管理局', '生态环境局'] as const

/** An authority of a county, with a code of the block that no register uses. */
export function authorityOf(
  region: string,
  word: (typeof AUTHORITIES)[number],
): { name: string; uscc: string } {
  // Authorities count down from the end of the block, firms count up from its begin.
  const serial =
    SYNTHETIC_SERIAL_MAX - (Number(region) % 1000) * AUTHORITIES.length - AUTHORITIES.indexOf(word)
  return { name: `${countyName(region)}虚拟${word}`, uscc: syntheticUscc(region, serial, '11') }
}

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const CHECKS = '10X98765432'

/** An identity number that passes GB 11643 and is nobody's: whoever had it would have been born before 1880. */
export function residentNumber(region: string, draw: number): string {
  const year = 1850 + (draw % 30)
  const month = 1 + (Math.floor(draw / 30) % 12)
  const day = 1 + (Math.floor(draw / 360) % 28)
  const order = Math.floor(draw / 10_080) % 1000
  const pad = (value: number, digits: number): string => String(value).padStart(digits, '0')
  const body = `${region}${pad(year, 4)}${pad(month, 2)}${pad(day, 2)}${pad(order, 3)}`
  let sum = 0
  for (let i = 0; i < 17; i++) sum += WEIGHTS[i] * Number(body[i])
  return body + CHECKS[sum % 11]
}

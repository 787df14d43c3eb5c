/** `yinxin doctor CONFIG`: what is wrong with a node, and how it is mended. */
import { readEnvironment } from '../config.ts'
import { exitCodes } from '../exit-codes.ts'
import { describeFindings } from './describe-findings.ts'
import { examine } from './examine.ts'
import { machine } from './surroundings.ts'

export interface DoctorOptions {
  readonly json?: boolean
  readonly lang?: 'zh' | 'en'
}

/** Prints every finding; the exit code is 0 unless a check failed. Changes nothing, and sends no data. */
export async function doctor(file: string, { json, lang }: DoctorOptions): Promise<void> {
  const findings = await examine(file, machine)
  const failed = findings.some(({ verdict }) => verdict === 'fail')
  process.stdout.write(
    json
      ? `${JSON.stringify({ healthy: !failed, findings }, null, 2)}\n`
      : describeFindings(findings, lang ?? readEnvironment().language),
  )
  if (failed) process.exitCode = exitCodes.doctorFound.code
}

import { type Finding, sayer, words } from '../finding.ts'
import { type Patient, readPatient } from '../patient.ts'

const say = sayer('configuration')

/** Reads the configuration; without it nothing else can be looked at. */
export function checkConfiguration(file: string): { findings: Finding[]; patient: Patient | null } {
  try {
    const patient = readPatient(file)
    const { name } = patient.config
    return {
      patient,
      findings: [say.ok(`${name}（${patient.role}）的配置有效`, `${name} (${patient.role}): valid`)],
    }
  } catch (fault) {
    const { message } = fault as Error
    const fails = say.fail(
      words(`配置无效：${message}`, message),
      words('改正所列各处后再检查。', 'Correct every place named, then look again.'),
    )
    return { patient: null, findings: [fails] }
  }
}

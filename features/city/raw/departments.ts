import { openStream } from '../random.ts'
import { drawConduct } from '../registry.ts'
import { NO_RISK } from '../risk.ts'
import { billsSql, drawAccounts, type Utility } from './bills.ts'
import type { CityBuild } from './city-build.ts'
import type { RawParty } from './city-files.ts'
import { drawFundAccounts, drawInsuranceAccounts, fundSql, insuranceSql } from './contributions.ts'
import { ELECTRICITY, GAS, holdsFund, holdsInsurance, holdsTax, WATER } from './holders.ts'
import { licenceSql, oldLicenceSql, openLicences } from './licences.ts'
import { disputeSql, enforcementSql, openPenalties, penaltySql, repairSql } from './penalties.ts'
import { drawRegistrations, registrationSql } from './registration.ts'
import { drawTaxpayers, taxSql } from './tax-returns.ts'

const REGISTRY: RawParty = {
  party: 'registry',
  plays: 'registration, permits, penalties, enforcement',
  role: 'provider',
  public: true,
}

/** Draws and writes what the departments of a city know; the risk of every firm is known afterwards. */
export async function writeDepartments(build: CityBuild): Promise<void> {
  await writeRegistry(build)
  await writeUtility(build, WATER, { party: 'water', plays: 'water supply group', role: 'provider' })
  await writeUtility(build, GAS, { party: 'gas', plays: 'gas company', role: 'provider' })
  await writeUtility(build, ELECTRICITY, {
    party: 'electricity',
    plays: 'power company',
    role: 'provider',
  })
  await writeFund(build)
  await writeInsurance(build)
  await writeTax(build)
}

async function writeRegistry(build: CityBuild): Promise<void> {
  const { session, subjects, seed, risk } = build
  const { party } = REGISTRY
  build.begin('registration')
  const register = build.defects(party, 'registration', 'registration')
  await drawRegistrations(session, 'registration', subjects, seed, register)
  await build.write(party, 'registration', registrationSql('registration'), register.rows)
  await session.run('DROP TABLE registration')

  build.begin('licences')
  const current = build.defects(party, 'licences', 'admin_license')
  const old = build.defects(party, 'licences_hejian', 'admin_license')
  const penalties = build.defects(party, 'penalties', 'admin_penalty')
  const enforcements = build.defects(party, 'enforcement', 'admin_enforcement')
  const licenceDraw = await openLicences(session, 'licence', subjects, seed, { current, old })
  const tables = { penalties: 'penalty', enforcements: 'enforcement', repairs: 'repair', disputes: 'dispute' }
  const penaltyDraw = await openPenalties(session, tables, subjects, seed, { penalties, enforcements })
  const stream = openStream(seed, 'permits_and_penalties')
  const laterStream = openStream(seed, 'permits_and_penalties/later')
  for (let firm = 0; firm < subjects.firms.size; firm++) {
    const conduct = drawConduct(subjects.firms, firm, stream, risk)
    const later = drawConduct(subjects.later, firm, laterStream, NO_RISK)
    licenceDraw.add(firm, conduct)
    penaltyDraw.add(firm, conduct, later)
  }
  licenceDraw.close()
  penaltyDraw.close()
  await build.write(party, 'licences', licenceSql('licence'), current.rows)
  await build.write(party, 'licences_hejian', oldLicenceSql('licence'), old.rows)
  await build.write(party, 'penalties', penaltySql('penalty'), penalties.rows)
  await build.write(party, 'enforcement', enforcementSql('enforcement'), enforcements.rows)
  await build.write(party, 'repairs', repairSql('repair'), penaltyDraw.counts.repairs)
  await build.write(party, 'disputes', disputeSql('dispute'), penaltyDraw.counts.disputes)
  for (const table of ['licence_new', 'licence_old', ...Object.values(tables)])
    await session.run(`DROP TABLE ${table}`)
  await build.finish(REGISTRY, {
    sources: [
      { class: 'registration', file: build.files.fileName('registration') },
      { class: 'admin_license', file: build.files.fileName('licences') },
      { class: 'admin_license', file: build.files.fileName('licences_hejian') },
      { class: 'admin_penalty', file: build.files.fileName('penalties') },
      { class: 'admin_enforcement', file: build.files.fileName('enforcement') },
    ],
  })
}

async function writeUtility(build: CityBuild, utility: Utility, party: RawParty): Promise<void> {
  const { session, subjects, seed, risk, files } = build
  const klass = `${utility.kind}_usage`
  build.begin(party.party)
  const defects = build.defects(party.party, 'bills', klass)
  await drawAccounts(session, 'account', utility, subjects, risk, seed, defects)
  await build.write(party.party, 'bills', billsSql('account', utility, seed, files.month), defects.rows)
  await session.run('DROP TABLE account')
  await build.finish(party, { sources: [{ class: klass, file: files.fileName('bills') }] })
}

/** Headings of the housing fund's own export, by canonical name; it is the one file in GB18030. */
const FUND_HEADINGS = {
  uscc: '统一社会信用代码',
  enterprise_name: '单位名称',
  deposit_month: '汇缴年月',
  headcount: '汇缴人数',
  deposit_yuan: '汇缴金额',
  paid_date: '到账日期',
  deposit_state: '缴存状态',
} as const

async function writeFund(build: CityBuild): Promise<void> {
  const { session, subjects, seed, risk, files } = build
  const party: RawParty = { party: 'housing_fund', plays: 'housing fund centre', role: 'provider' }
  build.begin(party.party)
  const defects = build.defects(party.party, 'deposits', 'housing_fund')
  await drawFundAccounts(session, 'account', subjects, holdsFund, risk, seed, defects)
  const columns = Object.entries(FUND_HEADINGS).map(([name, heading]) => `${name} AS "${heading}"`)
  const query = `SELECT ${columns.join(', ')} FROM (${fundSql('account', files.month)})`
  await build.write(party.party, 'deposits', query, defects.rows, { encoding: 'gb18030' })
  await session.run('DROP TABLE account')
  await build.finish(party, {
    sources: [
      {
        class: 'housing_fund',
        file: files.fileName('deposits'),
        encoding: 'gb18030',
        columns: FUND_HEADINGS,
      },
    ],
  })
}

async function writeInsurance(build: CityBuild): Promise<void> {
  const { session, subjects, seed, risk, files } = build
  const party: RawParty = { party: 'social_insurance', plays: 'social insurance centre', role: 'provider' }
  build.begin(party.party)
  const defects = build.defects(party.party, 'contributions', 'social_insurance')
  await drawInsuranceAccounts(session, 'account', subjects, holdsInsurance, risk, seed, defects)
  await build.write(party.party, 'contributions', insuranceSql('account', files.month), defects.rows)
  await session.run('DROP TABLE account')
  await build.finish(party, {
    sources: [{ class: 'social_insurance', file: files.fileName('contributions') }],
  })
}

async function writeTax(build: CityBuild): Promise<void> {
  const { session, subjects, seed, risk, files } = build
  const party: RawParty = { party: 'tax', plays: 'tax bureau', role: 'provider' }
  build.begin(party.party)
  const defects = build.defects(party.party, 'returns', 'tax_payment')
  await drawTaxpayers(session, 'account', subjects, holdsTax, risk, seed, defects)
  const query = `SELECT uscc AS SHXYM, * EXCLUDE (uscc) FROM (${taxSql('account', seed, files.month)})`
  await build.write(party.party, 'returns', query, defects.rows)
  await session.run('DROP TABLE account')
  await build.finish(party, {
    sources: [{ class: 'tax_payment', file: files.fileName('returns'), columns: { uscc: 'SHXYM' } }],
  })
}

import { calibrate, drawBorrowers, LENDERS, logOddsOf } from '../outcomes.ts'
import { openStream } from '../random.ts'
import { sigmoid } from '../sigmoid.ts'
import { bankAccountSql, openBankAccounts } from './bank-accounts.ts'
import { writeBankClass } from './bank-class.ts'
import type { CityBuild } from './city-build.ts'
import { loanSql, openLoans, repaymentSql } from './loans.ts'

/** How surely a lender sees the default of a firm that has defaulted at another. */
const SEES_DEFAULT = 0.9
/** Share of individual businesses that borrow as such; most of their owners borrow as persons. */
const BORROWING_INDIVIDUALS = 0.03
/** Share of loans whose outcome has nothing to do with the firm. */
const LABEL_NOISE = 0.01

/** What is true of each borrower and no party knows. */
export interface LenderTruth {
  /** Intercept of the default odds. */
  readonly intercept: number
  /** 1 = defaulted, 0 = did not, 2 = has no loan; one entry a firm. */
  readonly defaulted: Uint8Array
}

/** Draws who borrows and who defaults, and writes the loans, repayments and accounts of the lenders. */
export async function writeLenders(build: CityBuild): Promise<LenderTruth> {
  const { session, subjects, seed, risk, size, files } = build
  const { firms } = subjects
  const wanted = Math.round(size.borrowers * size.enterprises + BORROWING_INDIVIDUALS * size.individuals)
  const borrowers = drawBorrowers(firms, seed, wanted)
  build.begin('bank accounts')
  for (let lender = 0; lender < LENDERS.length; lender++) {
    const { party } = LENDERS[lender]
    const defects = build.defects(party, 'accounts', 'bank_account')
    const accounts = await openBankAccounts(session, `accounts_${lender}`, subjects, seed, party, defects)
    for (let i = 0; i < borrowers.firms.length; i++) {
      if ((borrowers.lenders[i] >> lender) & 1)
        accounts.add(borrowers.firms[i], isFirst(borrowers.lenders[i], lender) ? risk : null)
    }
    accounts.close()
    await build.write(
      party,
      'accounts',
      bankAccountSql(`accounts_${lender}`, seed, files.month),
      defects.rows,
    )
    await session.run(`DROP TABLE accounts_${lender}`)
  }

  const logOdds = Float64Array.from(borrowers.firms, (firm) => logOddsOf(firms, firm, risk))
  const intercept = calibrate(logOdds, size.badRate)
  const stream = openStream(seed, 'outcomes')
  const defaulted = new Uint8Array(firms.size).fill(2)
  borrowers.firms.forEach((firm, i) => {
    defaulted[firm] = stream.chance(sigmoid(intercept + logOdds[i])) ? 1 : 0
  })

  await session.run('CREATE TABLE loan_truth (party VARCHAR, loan_no VARCHAR, state VARCHAR, noise INTEGER)')
  const truth = await session.append('loan_truth')
  for (let lender = 0; lender < LENDERS.length; lender++) {
    const { party, plays } = LENDERS[lender]
    build.begin(`loans of ${party}`)
    const defects = {
      loans: build.defects(party, 'loans', 'loan'),
      repayments: build.defects(party, 'repayments', 'loan_repayment'),
    }
    const loans = await openLoans(session, `loans_${lender}`, subjects, seed, party, truth, defects)
    for (let i = 0; i < borrowers.firms.length; i++) {
      if (((borrowers.lenders[i] >> lender) & 1) === 0) continue
      const firm = borrowers.firms[i]
      const noise = stream.chance(LABEL_NOISE)
      const sees = isFirst(borrowers.lenders[i], lender) || stream.chance(SEES_DEFAULT)
      const bad = noise ? stream.chance(size.badRate) : defaulted[firm] === 1 && sees
      loans.add(firm, bad, noise)
    }
    loans.close()
    await build.write(party, 'loans', loanSql(`loans_${lender}`), defects.loans.rows)
    await build.write(
      party,
      'repayments',
      repaymentSql(`loans_${lender}_plan`, seed),
      defects.repayments.rows,
    )
    await session.run(`DROP TABLE loans_${lender}; DROP TABLE loans_${lender}_plan`)
    const features = await writeBankClass(files.root, party)
    await build.finish(
      { party, plays, role: 'label-holder' },
      {
        catalogue: ['../classes'],
        sources: [
          { class: 'loan', file: files.fileName('loans') },
          { class: 'loan_repayment', file: files.fileName('repayments') },
          { class: 'bank_account', file: files.fileName('accounts') },
        ],
        features: [features],
      },
    )
  }
  truth.close()
  return { intercept, defaulted }
}

/** Whether a lender is the first of those that a firm has. */
function isFirst(lenders: number, lender: number): boolean {
  return (lenders & ((1 << lender) - 1)) === 0
}

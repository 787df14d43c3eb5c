/** Appends entries to the ledger of a folder without end and names each on stdout once it is durable, until it is killed. */

import { international } from '../../../engine/index.ts'
import { Ledger, type Membership } from '../../../federation/index.ts'
import { LedgerFile } from '../../../server/state/ledger-file.ts'
import { openState } from '../../../server/state/state-folder.ts'

const about = { suite: international, consortium: 'c' } satisfies Pick<Membership, 'suite' | 'consortium'>
const ledger = await Ledger.open(
  await LedgerFile.open(openState(process.argv[2], { state: '.' }, { consortium: 'c', name: 'platform' })),
  about,
  null,
)
const charge = { what: 'gradients', released: 1, sigma: 10, rho: 0.01, rhoCounted: 0.02 }
for (;;) {
  const what = `gradients ${ledger.head.entries}`
  await ledger.charge({ snapshot: 'labels-a', run: 'run-1', planHash: '' }, [{ ...charge, what }])
  process.stdout.write(`${ledger.head.entries}\n`)
}

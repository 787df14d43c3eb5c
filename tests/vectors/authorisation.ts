/** Lists of authorised firms: one whole file, and what a node says of changed ones. */
import { createList, Membership, verifyList } from '../../federation/index.ts'
import { identityOf } from './identity.ts'
import { secretOf } from './recipe.ts'

const CODES = ['91330100WYX0000027', '91130902WYX000058F', '91330100WYX0000019']
const members = [identityOf('platform', 'platform'), identityOf('water', 'provider')]
const memberList = {
  ...{ consortium: 'vectors', suite: 'international' as const },
  members: members.map(({ member }) => member),
}
const [platform, water] = members.map(({ identity }) => new Membership(memberList, identity))

const changes: readonly (readonly [why: string, change: (file: string) => string])[] = [
  ['as issued', (file) => file],
  ['a code removed', (file) => file.replace(`${CODES[0]}\n`, '')],
  ['a code changed', (file) => file.replace('0019', '0027')],
  ['another version', (file) => file.replace('"version":3', '"version":4')],
  ['another consortium', (file) => file.replace('"vectors"', '"others"')],
  ['another issuer', (file) => file.replace('"issuer":"platform"', '"issuer":"water"')],
  ['a space in the head', (file) => file.replace('{', '{ ')],
  ['the last line end missing', (file) => file.slice(0, -1)],
  ['no signature', (file) => file.replace(/\{"signature".*\n$/, '')],
]

function verdict(file: string): string {
  try {
    verifyList(water, Buffer.from(file, 'utf8'))
    return 'accepted'
  } catch (fault) {
    return (fault as { code: string }).code
  }
}

export function authorisationVectors() {
  const list = {
    ...{ purpose: 'test vectors', version: 3, codes: CODES },
    ...{ issued: new Date('2026-01-01T00:00:00.000Z'), validUntil: new Date('2026-02-01T00:00:00.000Z') },
  }
  const file = Buffer.from(createList(platform, list, () => secretOf('salt'))).toString('utf8')
  return {
    platformSignKey: memberList.members[0].signKey,
    consortium: memberList.consortium,
    file: file.slice(0, -1).split('\n'),
    digest: verifyList(water, Buffer.from(file, 'utf8')).digest,
    tries: changes.map(([why, change]) => ({
      why,
      lines: change(file).split('\n'),
      verdict: verdict(change(file)),
    })),
  }
}

/** Keys of members are replaced while a run goes on: it ends as it began, and the next one has the new keys. */
import { afterAll, describe, expect, it } from 'vitest'
import {
  createIdentity,
  type Identity,
  KEY_HOLDER,
  type Member,
  type MemberList,
  PLATFORM,
} from '../../../federation/index.ts'
import { type TestConsortium, testConsortium } from '../../helpers/consortium.ts'
import { intercept, smallInput } from './interception.ts'

const open: TestConsortium[] = []
afterAll(() => Promise.all(open.map((consortium) => consortium.close())))

/** Replaces the keys of all members but the platform and one more in a list of version 1, and hands it to every node. */
function rotate(consortium: TestConsortium, until: Date, except = ''): Map<string, Identity> {
  const { nodes } = consortium
  const identities = new Map<string, Identity>()
  const members = [...nodes].map(([name, { membership }]): Member => {
    const member = membership.member(name)
    if (name === PLATFORM || name === except) return member
    const made = createIdentity(name, member.role, { publicData: member.publicData })
    identities.set(name, made.identity)
    const { signKey, agreeKey } = member
    return { ...made.member, previous: [{ signKey, agreeKey, until: until.toISOString() }] }
  })
  const { consortium: name } = nodes.get(PLATFORM)!.membership
  const list: MemberList = { consortium: name, suite: 'international', version: 1, members }
  for (const [at, { membership }] of nodes) membership.accept(list, identities.get(at))
  return identities
}

async function rotated(input = smallInput()) {
  const consortium = await testConsortium(input)
  open.push(consortium)
  return consortium
}
const maskOf = ({ nodes }: TestConsortium) =>
  Buffer.from(nodes.get('provider-1')!.membership.pairSecret(KEY_HOLDER, 'mask')).toString('hex')
const inAnHour = () => new Date(Date.now() + 3_600_000)

describe('keys that are replaced in the middle of a run', () => {
  it('leave it as it is; the next run has the new ones at every party', async () => {
    const consortium = await rotated()
    const before = maskOf(consortium)
    let during = ''
    const posted = intercept(consortium, ({ type }) => {
      if (type === 'plan.propose' && during === '') {
        rotate(consortium, inAnHour())
        during = maskOf(consortium)
      }
      return undefined
    })
    const first = await consortium.run()
    expect(during).toBe(before)
    expect(maskOf(consortium)).toBe(before)
    const second = await consortium.run({ run: 'run-2' })
    expect([...second.assessment.totals]).toEqual([...first.assessment.totals])
    expect(maskOf(consortium)).not.toBe(before)
    for (const { membership } of consortium.nodes.values()) expect(membership.version).toBe(1)
    const lists = posted.filter(({ type }) => type === 'run.open').map(({ body }) => body.memberList)
    expect(new Set(lists.slice(0, lists.length / 2))).toEqual(new Set([0]))
    expect(new Set(lists.slice(lists.length / 2))).toEqual(new Set([1]))
  })

  it('end at once where the office says so: the run goes on with new signatures and its old masks', async () => {
    const consortium = await rotated()
    const before = maskOf(consortium)
    const gone = consortium.nodes.get('provider-1')!.membership.sign(Buffer.from('x'))
    intercept(consortium, ({ type }) => {
      if (type === 'plan.propose' && consortium.nodes.get(PLATFORM)!.membership.newestVersion === 0)
        rotate(consortium, new Date(Date.now() - 1))
      return undefined
    })
    await consortium.run()
    expect(maskOf(consortium)).toBe(before)
    const { membership } = consortium.nodes.get(PLATFORM)!
    expect(membership.verify('provider-1', Buffer.from('x'), gone)).toBe(false)
  })
})

describe('a party without the list of a run', () => {
  it('fetches it, and refuses the run where it cannot', async () => {
    const consortium = await rotated()
    const bank = consortium.nodes.get('bank-1')!.membership
    const { accept } = bank
    let kept: Parameters<typeof accept> | undefined
    bank.accept = (...list) => {
      kept = list
    }
    rotate(consortium, inAnHour(), 'bank-1')
    bank.accept = accept
    await expect(consortium.run()).rejects.toThrow(/under version 1 of the member list/)
    bank.onBehind = async () => bank.accept(...kept!)
    await consortium.run({ run: 'run-2' })
    expect(bank.version).toBe(1)
  })
})

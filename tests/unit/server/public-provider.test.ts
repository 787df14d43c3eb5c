/** A provider that the member list calls public uses public fields alone. */
import { describe, expect, it } from 'vitest'
import { createIdentity, Membership } from '../../../federation/index.ts'
import { exitCodeOf } from '../../../server/cli/exit-code-of.ts'
import { checkPublic } from '../../../server/node/public-provider.ts'

const membership = (publicData: boolean) => {
  const { identity, member } = createIdentity('register', 'provider', { publicData })
  return new Membership({ consortium: 'c', suite: 'international', members: [member] }, identity)
}
const reading = (...grades: ('G1' | 'G2' | 'G3')[]) => [
  {
    party: 'firms',
    reads: grades.map((grade, k) => ({ class: 'registration', field: `field_${k}`, grade })),
  },
]

describe('the grades of a public provider', () => {
  it.each([[['G1', 'G2']], [['G3']]] as const)('%s are refused, naming the field', (grades) => {
    const check = () => checkPublic(membership(true), reading(...grades))
    const last = `registration.field_${grades.length - 1} (${grades.at(-1)})`
    expect(check).toThrow(expect.objectContaining({ code: 'YX_SERVER_CONFIG_NOT_PUBLIC' }))
    expect(check).toThrow(last)
    expect(exitCodeOf('YX_SERVER_CONFIG_NOT_PUBLIC')).toBe(30)
  })

  it('of public fields alone are accepted, and any of a provider that is not public', () => {
    expect(() => checkPublic(membership(true), reading('G1', 'G1'))).not.toThrow()
    expect(() => checkPublic(membership(false), reading('G2', 'G3'))).not.toThrow()
  })
})

/** What holds for a provider that the member list calls public. */
import type { FeatureGroup } from '../../features/index.ts'
import type { Membership } from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'

/**
 * A public provider makes its features of public fields alone. Ready tables say nothing of the fields that they were made of.
 * @throws NotPublic, naming every field
 */
export function checkPublic(
  membership: Membership,
  groups: readonly Pick<FeatureGroup, 'party' | 'reads'>[],
): void {
  const { name } = membership
  if (!membership.member(name).publicData) return
  const closed = groups.flatMap(({ party, reads }) =>
    reads
      .filter(({ grade }) => grade !== 'G1')
      .map(({ class: code, field, grade }) => `${party} reads ${code}.${field} (${grade})`),
  )
  if (closed.length > 0) throw new serverErrors.NotPublic(name, [...new Set(closed)].join(', '))
}

/** A provider's rules of use and the list of authorised firms, from its configuration. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Roster } from '../../features/index.ts'
import {
  type AuthorisationSource,
  acceptList,
  listSource,
  type Membership,
  noList,
  type ProviderAuthorisation,
  PUBLIC_DATA,
  rowsInForce,
  verifyList,
} from '../../federation/index.ts'
import type { ProviderConfig } from '../config.ts'
import { serverErrors } from '../errors.ts'
import { acceptedListFile } from '../state/node-files.ts'
import { stateFolder } from '../state/state-folder.ts'
import { systemClock } from './membership.ts'

type Rules = NonNullable<ProviderConfig['authorisation']>

/** The bytes of a list file. @param file as the configuration names it @throws AuthorisationUnreadable */
export function readListFile(folder: string, file: string): Promise<Uint8Array> {
  return readFile(resolve(folder, file)).catch(() => {
    throw new serverErrors.AuthorisationUnreadable(file)
  })
}

/**
 * A node's list, read again for every run.
 * @param state folder for what the node must not forget
 */
export const listOfNode = (
  membership: Membership,
  { folder, file, state }: { readonly folder: string; readonly file: string; readonly state: string },
  roster: Roster,
): AuthorisationSource =>
  listSource({
    membership,
    roster,
    clock: systemClock,
    memory: acceptedListFile(state),
    read: () => readListFile(folder, file),
  })

/**
 * The rules that a provider states; null for one whose data are public.
 * @throws AuthorisationUnstated, AuthorisationListMissing
 */
function statedRules(membership: Membership, { name, authorisation }: ProviderConfig): Rules | null {
  if (membership.member(name).publicData) return null
  if (!authorisation) throw new serverErrors.AuthorisationUnstated(name)
  const { training, inference } = authorisation
  if ((inference.needed || !training.allowed) && inference.list === undefined)
    throw new serverErrors.AuthorisationListMissing(name)
  return authorisation
}

/**
 * Rules and list of a provider, which starts only with both in order.
 * @throws AuthorisationUnstated, AuthorisationListMissing, AuthorisationUnreadable, and whatever is wrong with the list
 */
export async function openAuthorisation(
  membership: Membership,
  config: ProviderConfig,
  { folder, state }: { readonly folder: string; readonly state: string },
  roster: Roster,
): Promise<ProviderAuthorisation> {
  const rules = statedRules(membership, config)
  if (!rules) return PUBLIC_DATA
  const { list: file } = rules.inference
  const source = file === undefined ? noList : listOfNode(membership, { folder, file, state }, roster)
  await source.current()
  return { ...rules, source }
}

/**
 * Rules and list as `openAuthorisation` would find them, remembering nothing.
 * @throws what `openAuthorisation` throws
 */
export async function checkAuthorisation(
  membership: Membership,
  config: ProviderConfig,
  folder: string,
): Promise<void> {
  const file = statedRules(membership, config)?.inference.list
  if (file === undefined) return
  const list = verifyList(membership, await readListFile(folder, file))
  list.checkTime(systemClock.now())
  const { load } = acceptedListFile(stateFolder(folder, config))
  await acceptList(list, { load, keep: async () => {} })
}

/**
 * The same for a replay of an earlier run: with the list of that run, whatever was accepted since.
 * @param file the list of that run; the configured one without it
 */
export async function authorisationOfReplay(
  membership: Membership,
  config: ProviderConfig,
  folder: string,
  roster: Roster,
  file: string | undefined,
): Promise<ProviderAuthorisation> {
  const rules = statedRules(membership, config)
  if (!rules) return PUBLIC_DATA
  const named = file ?? rules.inference.list
  if (named === undefined) return { ...rules, source: noList }
  const bytes = await readListFile(file === undefined ? folder : '', named)
  const rows = rowsInForce(verifyList(membership, bytes), roster)
  return { ...rules, source: { current: async () => rows } }
}

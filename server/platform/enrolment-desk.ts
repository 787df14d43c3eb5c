/** The platform's part in enrolment and in the life of the member list, put together for its process. */
import type { FastifyInstance } from 'fastify'
import type { Identity, Membership, PlatformRole } from '../../federation/index.ts'
import { readConsortium } from '../consortium/consortium-file.ts'
import { EnrolmentBox } from '../consortium/enrolment-box.ts'
import { registerEnrolment } from '../consortium/enrolment-routes.ts'
import type { KnownLists } from '../consortium/known-lists.ts'
import { readNodeFile } from '../node/membership.ts'

export interface DeskSources {
  /** Folder of the platform's configuration, and its identity file in it. */
  readonly folder: string
  readonly identity: string
  readonly state: string
  readonly membership: Membership
  readonly lists: KnownLists
  readonly role: PlatformRole
  /** True while a night is scored: its masks are those of one list. */
  readonly nightUnderWay: () => boolean
  /** PEM of the authority's certificate; undefined without TLS. */
  readonly authority: () => string | undefined
  readonly onNotice: (text: string) => void
}

/** Opens the desk on the platform's port; a list that came during the last run of this node is taken up. */
export async function openDesk(app: FastifyInstance, sources: DeskSources): Promise<void> {
  const { folder, state, membership, lists, role, nightUnderWay, authority, onNotice } = sources
  /** Between runs a newer list is in force at once; a run, also one that stands still, keeps its own. */
  const takeUpIfIdle = async () => {
    if (role.idle && !nightUnderWay() && (await role.unfinished()) === null) await membership.takeUp()
  }
  await takeUpIfIdle()
  const now = () => Date.now()
  registerEnrolment(app, {
    ...{ root: readConsortium(folder), lists, authority, now, box: new EnrolmentBox(state, now) },
    onList: () => {
      const { list } = lists.newest
      membership.accept(list, readNodeFile<Identity>(folder, sources.identity))
      onNotice(`version ${list.version} of the member list is accepted; the next run uses it`)
      void takeUpIfIdle().catch(({ message }: Error) => onNotice(message))
    },
  })
}

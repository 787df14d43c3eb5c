/** Runs the checks of one node: local ones first, then what is compared with the platform's answer. */
import { holdsKeysOf, type Identity, identityOfList } from '../../federation/index.ts'
import { readLists, readNodeFile } from '../node/membership.ts'
import { checkCertificates } from './checks/certificates.ts'
import { checkClock } from './checks/clock.ts'
import { checkConfiguration } from './checks/configuration.ts'
import { checkData } from './checks/data.ts'
import { checkDisk } from './checks/disk.ts'
import { checkIdentity } from './checks/identity.ts'
import { checkMembers } from './checks/members.ts'
import { checkMemory } from './checks/memory.ts'
import { checkParameters } from './checks/parameters.ts'
import { checkParties } from './checks/parties.ts'
import { checkPlatform } from './checks/platform.ts'
import { checkPort } from './checks/port.ts'
import { checkState } from './checks/state.ts'
import { checkVersions } from './checks/versions.ts'
import type { Examined } from './examined.ts'
import type { Finding } from './finding.ts'
import type { Patient } from './patient.ts'
import { askPlatform } from './platform-answer.ts'
import { rosterOfPatient } from './roster.ts'
import type { Surroundings } from './surroundings.ts'

type Check = (node: Examined) => Promise<Finding[]> | Finding[]

const ALL: readonly Check[] = [
  checkIdentity,
  checkMembers,
  checkState,
  checkCertificates,
  checkVersions,
  checkDisk,
  checkMemory,
  checkPort,
  checkPlatform,
  checkClock,
  checkParameters,
  checkParties,
  checkData,
]

/** Everything that can be found out about the node of a configuration; changes nothing, whether the node runs or not. */
export async function examine(file: string, surroundings: Surroundings): Promise<Finding[]> {
  const { findings, patient } = checkConfiguration(file)
  if (patient === null) return findings
  const { membership, members, ownKeys } = membershipOf(patient)
  const node: Examined = {
    patient,
    surroundings,
    ...{ membership, members, ownKeys },
    roster: await rosterOfPatient(patient),
    platform: await askPlatform(patient, membership, surroundings),
  }
  for (const check of ALL) findings.push(...(await check(node)))
  return findings
}

function membershipOf({ folder, config }: Patient): Pick<Examined, 'membership' | 'members' | 'ownKeys'> {
  try {
    const { membership, lists } = readLists(folder, config)
    return {
      membership,
      members: identityOfList(lists.newest),
      ownKeys: holdsKeysOf(
        lists.newest.list.suite,
        readNodeFile<Identity>(folder, config.identity),
        membership.member(membership.name),
      ),
    }
  } catch {
    return { membership: null, members: null, ownKeys: false }
  }
}

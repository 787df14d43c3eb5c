/** `yinxin consortium init`: the office of a new consortium, its root key and its transport authority. */
import { join } from 'node:path'
import type { SuiteName } from '../../federation/index.ts'
import { systemClock } from '../node/membership.ts'
import { fingerprintOfCertificate } from './certificate-checks.ts'
import { createAuthority } from './certificates.ts'
import { Office, writeNew } from './office-folder.ts'

export const AUTHORITY_FILE = 'authority.pem'
export const AUTHORITY_KEY_FILE = 'authority-key.pem'

export interface FoundOptions {
  readonly name: string
  readonly suite?: SuiteName
  readonly platform: string
}

/** A fingerprint as people read it to each other. */
export const spoken = (fingerprint: string): string => (fingerprint.match(/.{4}/g) ?? []).join(' ')

/** @throws FileExists where there is an office already */
export async function foundConsortium(folder: string, options: FoundOptions): Promise<Office> {
  const now = systemClock.now()
  const authority = await createAuthority(now)
  const fingerprint = fingerprintOfCertificate(authority.certificate) as string
  const office = await Office.create(
    folder,
    {
      ...{ consortium: options.name, suite: options.suite ?? 'international' },
      ...{ platform: options.platform.replace(/\/+$/, ''), authority: fingerprint },
    },
    now,
  )
  await writeNew(folder, AUTHORITY_FILE, authority.certificate)
  await writeNew(folder, AUTHORITY_KEY_FILE, authority.key)
  return office
}

/** The command. */
export async function foundCommand(folder: string, options: FoundOptions): Promise<void> {
  const office = await foundConsortium(folder, options)
  const { consortium, suite, rootKey, authority, platform } = office.about
  process.stdout.write(
    [
      `consortium   ${consortium} (${suite} suite)`,
      `platform     ${platform}`,
      `root key     ${spoken(rootKey)}`,
      `authority    ${spoken(authority as string)}`,
      `folder       ${join(folder)}`,
      '',
    ].join('\n'),
  )
  process.stderr.write(
    [
      '本文件夹是联盟的信任根：请离线备份，只由联盟办公室保管；丢失或泄露时须重建联盟。',
      'This folder is the root of all trust: keep it off every node, back it up offline. Who has it decides who is a member.',
      `Next: yinxin consortium invite platform --role platform --office ${folder}`,
      '',
    ].join('\n'),
  )
}

/** A consortium is founded and a member enrolled by real processes: over TLS, against a platform that runs. */
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import type { RoleName } from '../../federation/index.ts'
import { foundConsortium } from '../../server/consortium/found.ts'
import { inviteMember } from '../../server/consortium/invite.ts'
import { admitCommand } from '../../server/consortium/office-commands.ts'
import { Office } from '../../server/consortium/office-folder.ts'
import { freePort, type Launched, launch, runToEnd, temporaryFolder } from './launched.ts'

let base = ''
let platform: Launched
const office = () => join(base, 'office')
const folder = (name: string) => join(base, name)
const yinxin = async (...args: string[]) => {
  const run = await runToEnd(args, { state: join(base, '.yinxin') })
  return { code: run.exit.code, out: run.stdout, talk: run.stderr }
}
const well = async (...args: string[]): Promise<string> => {
  const { code, out, talk } = await yinxin(...args)
  expect(code, talk).toBe(0)
  return out
}
/** The office is a person at a command line; here its functions are called, which saves the start of a process each. */
const invite = (name: string, role: RoleName) => inviteMember(office(), name, { role })
const admit = (files: string[], fromPlatform = false) =>
  admitCommand(files, { office: office(), fromPlatform })
const version = async () => (await Office.open(office())).signed.list.version

beforeAll(async () => {
  base = await temporaryFolder()
  const address = `https://127.0.0.1:${await freePort()}`
  await foundConsortium(office(), { name: '联盟', platform: address })
  const token = await invite('platform', 'platform')
  await well('enrol', token, '--folder', folder('platform'), '--offline')
  await admit([join(folder('platform'), 'enrolment-request.json')])
  await well('enrol', '--answer', join(office(), 'enrolment-platform.json'), '--folder', folder('platform'))
  await writeFile(join(folder('platform'), 'roster.txt'), 'A\nB\n')
  const config = join(folder('platform'), 'platform.yaml')
  // Polls stay open for a third of it: a new list is heard of soon.
  await writeFile(config, (await readFile(config, 'utf8')).replace('silenceSeconds: 60', 'silenceSeconds: 3'))
  platform = launch(['platform', config], { state: join(base, '.yinxin') })
  await platform.until('the platform listens', () =>
    /"listening"/.test(platform.stdout + platform.stderr) ? true : undefined,
  )
}, 120_000)

it('enrols a member over the platform, which then runs, and rotates its keys while it runs', async () => {
  const token = join(base, 'token.txt')
  await writeFile(token, await invite('keyholder', 'keyholder'))
  const state = join(base, '.yinxin')
  const enrolling = launch(['enrol', '--token-file', token, '--folder', folder('keyholder')], { state })
  await enrolling.says(/waited for/)
  await admit([], true)
  expect(await version()).toBe(2)
  expect((await enrolling.ended).code, enrolling.stderr).toBe(0)
  for (const file of ['identity.json', 'tls/key.pem'])
    expect((await stat(join(folder('keyholder'), file))).mode & 0o777).toBe(0o600)
  const config = join(folder('keyholder'), 'keyholder.yaml')
  await writeFile(join(folder('keyholder'), 'roster.txt'), 'A\nB\n')
  const node = launch(['keyholder', config], { state })
  const log = () => node.stdout + node.stderr
  await node.until('the key holder is ready', () => (/"ready"/.test(log()) ? true : undefined))
  const before = JSON.parse(await readFile(join(folder('keyholder'), 'identity.json'), 'utf8'))
  const rotating = launch(['rotate', config], { state })
  await rotating.until('a request', () =>
    stat(join(folder('keyholder'), 'rotation-request.json')).then(
      () => true,
      () => undefined,
    ),
  )
  // The office looks until the request has arrived.
  await rotating.until('the office has it', async () => {
    await admit([], true)
    return (await version()) === 3 ? true : undefined
  })
  expect((await rotating.ended).code, rotating.stderr).toBe(0)
  const after = JSON.parse(await readFile(join(folder('keyholder'), 'identity.json'), 'utf8'))
  expect(after.signPrivate).not.toBe(before.signPrivate)
  expect(after.others[0].signPrivate).toBe(before.signPrivate)
  await node.until('the new list is taken over', () =>
    /version 3 of the member list/.test(log()) ? true : undefined,
  )
  node.signal('SIGTERM')
  expect((await node.ended).code).toBe(0)
}, 90_000)

it('refuses a token that was used, and one that is damaged', async () => {
  const again = await yinxin(
    'enrol',
    '--token-file',
    join(base, 'token.txt'),
    '--folder',
    folder('thief'),
    '--minutes',
    '0',
  )
  // The platform has a request under that token already.
  expect([again.code, /ENROLMENT_TAKEN/.test(again.talk)]).toEqual([29, true])
  const damaged = `${(await readFile(join(base, 'token.txt'), 'utf8')).trim().slice(0, -1)}`
  expect((await yinxin('enrol', damaged, '--folder', folder('thief'))).code).toBe(29)
  expect((await yinxin('consortium', 'list', '--office', folder('nowhere'))).code).toBe(29)
})

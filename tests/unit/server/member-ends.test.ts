/** A member's process that cannot work with its platform ends with a named error, and the exit code of the registry. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createRoster, writeRoster } from '../../../features/index.ts'
import { createIdentity } from '../../../federation/index.ts'
import { exitCodeOf } from '../../../server/cli/exit-code-of.ts'
import { exitCodes } from '../../../server/exit-codes.ts'
import { runLabelHolder } from '../../../server/node/label-holder-process.ts'
import { writeMembers } from '../../helpers/signed-members.ts'

const folders: string[] = []
let server: Server | undefined
afterEach(() => {
  server?.close()
  server?.closeAllConnections()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** A bank that has everything but its platform. */
async function bank(platform: string, further: object = {}): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'yinxin-ends-'))
  folders.push(folder)
  const bankMember = createIdentity('bank', 'label-holder')
  const others = [createIdentity('platform', 'platform'), createIdentity('keyholder', 'keyholder')]
  const members = [bankMember, ...others].map(({ member }) => member)
  writeFileSync(join(folder, 'identity.json'), JSON.stringify(bankMember.identity))
  writeMembers(folder, { consortium: 'test', suite: 'international', members })
  await writeRoster(createRoster(['A', 'B']), join(folder, 'roster.txt'))
  writeFileSync(join(folder, 'labels.csv'), 'id,y\nA,0\nB,1\n')
  const config = {
    ...{ name: 'bank', identity: 'identity.json', members: 'members.json', roster: 'roster.txt' },
    ...{ state: 'state', threads: 0, platform, labels: 'labels.csv' },
    policy: { leastProviders: 3, leastSigma: 0, overrideLimits: false, mostEpsilon: null },
    ...further,
  }
  writeFileSync(join(folder, 'bank.json'), JSON.stringify(config))
  return join(folder, 'bank.json')
}

async function answering(listener: RequestListener): Promise<string> {
  server = createServer(listener)
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function expectEnd(config: string, code: string, exit: keyof typeof exitCodes): Promise<void> {
  await expect(runLabelHolder(config)).rejects.toMatchObject({ code })
  expect(exitCodeOf(code)).toBe(exitCodes[exit].code)
}

const refusing = (code: string, status: number, headers: object = {}) =>
  answering((_, answer) => {
    answer.writeHead(status, { 'yinxin-code': code, ...headers }).end()
  })

test('nobody answers for as long as its patience lasts', async () => {
  const config = await bank('http://127.0.0.1:1', { patienceSeconds: 1 })
  await expectEnd(config, 'YX_SERVER_PLATFORM_UNREACHABLE', 'platformAway')
})

test('plain http is configured to another machine', async () => {
  await expectEnd(await bank('http://192.0.2.1:8480'), 'YX_SERVER_CONFIG_PLAIN_HTTP', 'badConfiguration')
})

test('its certificate is not there', async () => {
  const tls = { certificate: 'none.crt', key: 'none.key', authority: 'none.crt' }
  await expectEnd(await bank('https://192.0.2.1:8480', { tls }), 'YX_SERVER_CONFIG_TLS', 'badConfiguration')
})

test('the clocks differ', async () => {
  const time = String(Date.now() - 120_000)
  const platform = await refusing('YX_SERVER_POLL_REFUSED', 401, { 'yinxin-time': time })
  await expectEnd(await bank(platform), 'YX_SERVER_CLOCK_WRONG', 'clockWrong')
})

test('the platform knows another identity by its name', async () => {
  const time = String(Date.now())
  const platform = await refusing('YX_SERVER_POLL_REFUSED', 401, { 'yinxin-time': time })
  await expectEnd(await bank(platform), 'YX_SERVER_POLL_REFUSED', 'badIdentity')
})

test('the platform speaks another version', async () => {
  const platform = await refusing('YX_SERVER_VERSION_DIFFERS', 426, { 'yinxin-protocol': '999' })
  await expectEnd(await bank(platform), 'YX_SERVER_VERSION_DIFFERS', 'versionDiffers')
})

test.each(['MISSING', 'FOREIGN', 'EXPIRED', 'OTHER'])(
  'the platform refuses its certificate: %s',
  async (why) => {
    const platform = await refusing(`YX_SERVER_CERTIFICATE_${why}`, 403)
    await expectEnd(await bank(platform), `YX_SERVER_CERTIFICATE_${why}`, 'certificateRefused')
  },
)

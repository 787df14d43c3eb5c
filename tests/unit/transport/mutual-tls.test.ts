/** Members and platform show each other certificates; each fault has its name on both sides. */
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import type { Server } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { Agent, request } from 'undici'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { PLATFORM } from '../../../federation/index.ts'
import { assertListensSafely } from '../../../server/transport/address.ts'
import { RelayClient } from '../../../server/transport/client.ts'
import { signedPart } from '../../../server/transport/signed-request.ts'
import { TlsFiles, type TlsMaterial } from '../../../server/transport/tls-files.ts'
import { type Issue, issue, longAgo, newAuthority, soon, writeMaterial } from '../../helpers/certificates.ts'
import {
  type LiveOptions,
  type LiveRelay,
  liveRelay,
  membershipOf,
  platformKnowing,
  until,
  writerOf,
} from './consortium.ts'
import { partsOf, pollPath, SPOKEN } from './raw-requests.ts'

const LOOK_MS = 20
const HOSTS = ['localhost']
let authority: Issue['authority']
let foreign: Issue['authority']
let live: LiveRelay | undefined
beforeAll(async () => {
  authority = await newAuthority()
  foreign = await newAuthority()
})
afterEach(() => live?.close())

async function platformWith(
  tls: Partial<Issue> = {},
  platform?: LiveOptions['platform'],
): Promise<LiveRelay> {
  live = await liveRelay({
    ...(platform && { platform }),
    tls: await issue({ name: PLATFORM, authority, hosts: HOSTS, ...tls }),
  })
  live.clock.time = Date.now()
  return live
}

async function files(material: TlsMaterial): Promise<{ files: TlsFiles; folder: string }> {
  const folder = join(tmpdir(), `yinxin-tls-${randomBytes(6).toString('hex')}`)
  return { files: new TlsFiles(folder, await writeMaterial(folder, material), LOOK_MS), folder }
}

const waterAt = (relay: LiveRelay, tls: TlsFiles | undefined) =>
  relay.client('water', 's1', undefined, { https: true, ...(tls && { tls }) })

describe('a member with a certificate of the consortium', () => {
  it('posts and polls over TLS', async () => {
    const relay = await platformWith()
    const client = waterAt(relay, (await files(await issue({ name: 'water', authority }))).files)
    const heard: number[] = []
    relay.relay.onEnvelope = (envelope) => void heard.push(envelope.length)
    const listening = client.listen((envelope) => void heard.push(envelope.length))
    const [up, down] = [
      writerOf('water')(PLATFORM, new Uint8Array(1_500_000)),
      writerOf('tax')('water', new Uint8Array(7)),
    ]
    await client.send(PLATFORM, up)
    await relay.relay.send('water', down)
    await until(() => heard.length === 2)
    expect(heard).toEqual([up.length, down.length])
    await client.close()
    await listening
  })
})

describe('a certificate of a member is refused, by name, at both sides', () => {
  const wrong: [string, Partial<Issue>, string][] = [
    ['that has expired', { at: longAgo() }, 'EXPIRED'],
    ['that is not valid yet', { at: soon() }, 'EXPIRED'],
    ['of another member', { name: 'tax' }, 'OTHER'],
    ['of another authority', {}, 'FOREIGN'],
    ['of another authority, and expired', { at: longAgo() }, 'FOREIGN|EXPIRED'],
  ]
  it.each(wrong)('%s', async (what, change, code) => {
    const relay = await platformWith()
    const refused: string[] = []
    relay.relay.onRefusal = (fault) => void refused.push(fault.code)
    const by = what.includes('authority') ? { authority: foreign, believes: authority } : { authority }
    const client = waterAt(relay, (await files(await issue({ name: 'water', ...by, ...change }))).files)
    const named = { code: expect.stringMatching(`^YX_SERVER_CERTIFICATE_(${code})$`) }
    await expect(client.listen(() => {})).rejects.toMatchObject(named)
    await expect(client.send(PLATFORM, writerOf('water')(PLATFORM, new Uint8Array(9)))).rejects.toMatchObject(
      named,
    )
    expect(refused).toEqual([expect.stringMatching(code)])
  })

  it('that is not there, whereas a bank with an API key comes without one', async () => {
    const relay = await platformWith()
    const trust = (await files(await issue({ name: 'water', authority }))).files
    const bare = { ...trust, current: { ca: trust.current.ca }, watch: () => () => {} } as unknown as TlsFiles
    await expect(waterAt(relay, bare).listen(() => {})).rejects.toMatchObject({
      code: 'YX_SERVER_CERTIFICATE_MISSING',
    })
    const dispatcher = new Agent({ connect: { ca: authority.certificate } })
    const answer = await request(`https://localhost:${relay.port}/v1/scores/x`, { dispatcher })
    expect(answer.statusCode).toBe(404)
    await answer.body.dump()
    await dispatcher.close()
  })

  it('that runs out while its connection stays open', async () => {
    const relay = await platformWith()
    const client = waterAt(relay, (await files(await issue({ name: 'water', authority }))).files)
    const write = writerOf('water')
    await client.send(PLATFORM, write(PLATFORM, new Uint8Array(9)))
    relay.clock.time += 398 * 86_400_000
    await expect(client.send(PLATFORM, write(PLATFORM, new Uint8Array(9)))).rejects.toMatchObject({
      code: 'YX_SERVER_CERTIFICATE_EXPIRED',
    })
  })
})

describe('a key of a certificate that the member list does not name', () => {
  const post = async (relay: LiveRelay, material: TlsMaterial) =>
    waterAt(relay, (await files(material)).files).send(
      PLATFORM,
      writerOf('water')(PLATFORM, new Uint8Array(9)),
    )

  it('is refused, although the authority has issued it; the one before it is believed until its end', async () => {
    const [listed, before, stolen] = await Promise.all(
      [1, 2, 3].map(() => issue({ name: 'water', authority })),
    )
    const until = new Date(Date.now() + 3_600_000).toISOString()
    const relay = await platformWith({}, (clock) =>
      platformKnowing('water', listed.tlsKey, { tlsKey: before.tlsKey, until }, clock),
    )
    const replaced = { code: 'YX_SERVER_CERTIFICATE_REPLACED' }
    await post(relay, listed)
    await post(relay, before)
    await expect(post(relay, stolen)).rejects.toMatchObject(replaced)
    relay.clock.time += 3_600_000
    await expect(post(relay, before)).rejects.toMatchObject(replaced)
    await post(relay, listed)
  })

  it('control: passes where the list names no key', async () => {
    const relay = await platformWith()
    await post(relay, await issue({ name: 'water', authority }))
  })
})

describe('a signature is verified for whoever shows the certificate of the member alone', () => {
  /** Requests in the name of water, each with a signature of the right length that anybody can make up. */
  const paths = (relay: LiveRelay) => {
    const [part] = partsOf(relay, {
      ...{ from: 'water', to: 'tax', number: 1, session: 's1' },
      envelope: Uint8Array.of(1),
    })
    const forged = { signature: Buffer.alloc(64, 7).toString('base64url') }
    const claim = { ...part.claim, time: relay.clock.time }
    const posted = new URLSearchParams(signedPart(membershipOf('water'), claim))
    posted.set('signature', forged.signature)
    const asked = new URLSearchParams({ member: 'water', time: String(relay.clock.time), ...forged })
    return [
      ['GET', pollPath(relay, { forged })],
      ['POST', `/federation/parts?${posted}`],
      ['GET', `/federation/status?${asked}`],
    ] as const
  }

  it.each([
    ['nobody', 0, 'MISSING'],
    ['tax', 0, 'OTHER'],
    ['water', 3, 'POLL_REFUSED'],
  ])('%s', async (holder, times, refused) => {
    const knowing = membershipOf(PLATFORM)
    const verifying = vi.spyOn(knowing, 'verify')
    const relay = await platformWith({}, () => knowing)
    const shown = holder === 'nobody' ? {} : await issue({ name: holder, authority })
    const dispatcher = new Agent({ connect: { ...shown, ca: authority.certificate } })
    for (const [method, path] of paths(relay)) {
      const headers = { ...SPOKEN, 'content-type': 'application/octet-stream' }
      const answer = await request(`https://localhost:${relay.port}${path}`, {
        ...{ method, dispatcher, headers },
        ...(method === 'POST' && { body: Buffer.of(1) }),
      })
      expect(await answer.body.json(), path).toMatchObject({ code: expect.stringContaining(refused) })
    }
    expect(verifying).toHaveBeenCalledTimes(times)
    await dispatcher.close()
  })
})

describe('a certificate of the platform is refused at the member', () => {
  const wrong: [string, Partial<Issue>, string][] = [
    ['that has expired', { at: longAgo() }, 'YX_SERVER_CERTIFICATE_EXPIRED'],
    ['that is not valid yet', { at: soon() }, 'YX_SERVER_CERTIFICATE_EXPIRED'],
    ['of another host', { hosts: ['credit.example'] }, 'YX_SERVER_CERTIFICATE_HOST'],
  ]
  it.each(wrong)('%s', async (_, change, code) => {
    const relay = await platformWith(change)
    const client = waterAt(relay, (await files(await issue({ name: 'water', authority }))).files)
    await expect(client.listen(() => {})).rejects.toMatchObject({ code })
  })

  it('of another authority, or its own', async () => {
    const relay = await platformWith()
    const believing = await issue({ name: 'water', authority, believes: foreign })
    await expect(waterAt(relay, (await files(believing)).files).listen(() => {})).rejects.toMatchObject({
      code: 'YX_SERVER_CERTIFICATE_FOREIGN',
    })
    await relay.close()
    live = await liveRelay({
      tls: { cert: foreign.certificate, key: foreign.key, ca: authority.certificate },
    })
    const client = waterAt(live, (await files(await issue({ name: 'water', authority }))).files)
    await expect(client.listen(() => {})).rejects.toMatchObject({ code: 'YX_SERVER_CERTIFICATE_FOREIGN' })
  })
})

describe('certificates are renewed while everything runs', () => {
  const shownBy = (relay: LiveRelay): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect({ port: relay.port, host: 'localhost', ca: authority.certificate }, () => {
        resolve(socket.getPeerCertificate().fingerprint256)
        socket.destroy()
      })
      socket.once('error', reject)
    })

  it('at the platform: new connections see the new one, an open poll goes on', async () => {
    const relay = await platformWith()
    const platform = await files(await issue({ name: PLATFORM, authority, hosts: HOSTS }))
    let taken = 0
    const stop = platform.files.watch(
      (material) => {
        ;(relay.app.server as unknown as Server).setSecureContext(material)
        taken++
      },
      () => {},
    )
    const client = waterAt(relay, (await files(await issue({ name: 'water', authority }))).files)
    const heard: number[] = []
    const listening = client.listen((envelope) => void heard.push(envelope.length))
    await until(() => relay.relay.silent(['water'], -1).length === 0)
    const before = await shownBy(relay)
    await writeMaterial(platform.folder, await issue({ name: PLATFORM, authority, hosts: HOSTS }))
    await until(() => taken > 0)
    await until(() => platform.files.current.cert !== '')
    expect(await shownBy(relay)).not.toBe(before)
    await relay.relay.send('water', writerOf('tax')('water', new Uint8Array(7)))
    await until(() => heard.length === 1)
    stop()
    await client.close()
    await listening
  })

  it('at a member: it speaks with the new one, and half-written files leave the old one in use', async () => {
    const relay = await platformWith()
    const own = await files(await issue({ name: 'water', authority }))
    const client = waterAt(relay, own.files)
    const notices: string[] = []
    client.onNotice = (text) => void notices.push(text)
    const write = writerOf('water')
    const post = () => client.send(PLATFORM, write(PLATFORM, new Uint8Array(9)))
    await post()
    const next = await issue({ name: 'water', authority })
    await writeFile(join(own.folder, 'node.crt'), next.cert)
    await until(() => notices.length > 0)
    expect(notices[0]).toMatch(/do not belong together/)
    await post()
    expect(own.files.current.cert).not.toBe(next.cert)
    await writeFile(join(own.folder, 'node.key'), next.key)
    await until(() => own.files.current.cert === next.cert)
    await post()
    // The certificate of another member in its place shows that what is sent is what the files say.
    await writeMaterial(own.folder, await issue({ name: 'tax', authority }))
    await until(() => own.files.current.cert !== next.cert)
    await expect(post()).rejects.toMatchObject({ code: 'YX_SERVER_CERTIFICATE_OTHER' })
  })

  it('files that are missing, or of two pairs, are named at the start', async () => {
    const [one, other] = [
      await issue({ name: 'water', authority }),
      await issue({ name: 'water', authority }),
    ]
    await expect(files({ ...one, key: other.key })).rejects.toMatchObject({ code: 'YX_SERVER_CONFIG_TLS' })
    await expect(files({ ...one, cert: 'no PEM' })).rejects.toMatchObject({ code: 'YX_SERVER_CONFIG_TLS' })
    const absent = { certificate: 'a', key: 'b', authority: 'c' }
    expect(() => new TlsFiles(tmpdir(), absent)).toThrow(
      expect.objectContaining({ code: 'YX_SERVER_CONFIG_TLS' }),
    )
  })
})

describe('without TLS', () => {
  it('a member calls, and the platform listens at, addresses of one machine only', async () => {
    const calling = (address: string) => () =>
      new RelayClient(membershipOf('water'), address, 's1', Date.now, {
        patienceMs: 1000,
        random: () => 0,
      })
    const refused = expect.objectContaining({ code: 'YX_SERVER_CONFIG_PLAIN_HTTP' })
    for (const host of ['10.0.0.1', 'credit.example', '127.0.0.1.example', '[2001:db8::1]'])
      expect(calling(`http://${host}:8480`), host).toThrow(refused)
    for (const host of ['0.0.0.0', '::', '192.168.1.1', 'localhost.example'])
      expect(() => assertListensSafely(host), host).toThrow(refused)
    for (const host of ['127.0.0.1', '127.9.9.9', 'localhost', '[::1]']) {
      await calling(`http://${host}:8480`)().close()
      assertListensSafely(host.replace(/[[\]]/g, ''))
    }
    await calling('https://credit.example')().close()
  })
})

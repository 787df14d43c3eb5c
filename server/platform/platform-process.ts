/** `yinxin platform CONFIG`: the platform's process. The only one that listens. */
import { createHash, randomBytes } from 'node:crypto'
import { isAbsolute, join } from 'node:path'
import closeWithGrace from 'close-with-grace'
import {
  identityOfList,
  keepTranscripts,
  Ledger,
  Node,
  noList,
  PlatformMemory,
  PlatformNight,
  PlatformRole,
  PROTOCOL_VERSION,
  parametersDigest,
  type SuiteName,
  withNights,
} from '../../federation/index.ts'
import { nightPolicy, platformConfig, readConfig, registryRules } from '../config.ts'
import { logger } from '../logger.ts'
import { openNightFiles } from '../night/night-files.ts'
import { NightService } from '../night/night-service.ts'
import { listOfNode } from '../node/authorisation.ts'
import { fileJournals, KEPT_RUNS } from '../node/file-journals.ts'
import { fileTranscripts } from '../node/file-transcripts.ts'
import { nodeServices, watchNode } from '../node/member-process.ts'
import { openMembership, systemClock } from '../node/membership.ts'
import { makeOperatorToken } from '../operator/token.ts'
import { changeOver } from '../roster/change-over.ts'
import { FollowedHoldings } from '../roster/followed-holdings.ts'
import { type HeldRoster, NodeRoster } from '../roster/node-roster.ts'
import { notingRoster, rosterOfRun } from '../roster/run-roster.ts'
import { LedgerFile } from '../state/ledger-file.ts'
import { beginLife, peerFile } from '../state/node-files.ts'
import { openState } from '../state/state-folder.ts'
import { openStore } from '../store/index.ts'
import { assertListensSafely } from '../transport/address.ts'
import { Relay } from '../transport/relay.ts'
import { TlsFiles } from '../transport/tls-files.ts'
import { YINXIN_VERSION } from '../version.ts'
import { createPlatformApp, renewCertificate } from './api.ts'
import { registerControl } from './control/control-api.ts'
import { RunService } from './control/run-service.ts'
import { openDesk } from './enrolment-desk.ts'
import { adoptServed } from './models/adopt-served.ts'
import { registerApprovals } from './models/approval-routes.ts'
import { ModelDesk } from './models/model-desk.ts'
import { ModelRegistry } from './models/model-registry.ts'
import { servedModelOf } from './models/served-model.ts'
import { ModelMonitor } from './monitor/model-monitor.ts'
import { SnapshotPublisher } from './publisher.ts'
import { registerStatus } from './status-route.ts'

/** A run waits so long for a silent party, where the configuration says nothing. */
const PATIENCE_SECONDS = 600

/** Below which no model of a consortium is signed; its parties ask for more by their own policies. */
const LEAST_PROVIDERS = 2

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** A PGlite folder in the configuration is relative to the configuration's folder. */
function databaseOption(option: string, folder: string): string {
  const [kind, path] = [option.slice(0, option.indexOf(':')), option.slice(option.indexOf(':') + 1)]
  return kind === 'pglite' && !isAbsolute(path) ? `pglite:${join(folder, path)}` : option
}

export async function runPlatform(file: string): Promise<void> {
  const { config, folder } = readConfig(platformConfig, file)
  const log = logger(config.name)
  const { membership, lists } = await openMembership(folder, config)
  const state = openState(folder, config, membership)
  const ledgerFile = await LedgerFile.open(state)
  const list = config.authorisation?.list
  const rosters = await NodeRoster.open({ membership, folder, place: config.roster, state })
  const make = async ({ roster }: HeldRoster) => {
    const authorisation =
      list === undefined ? noList : listOfNode(membership, { folder, file: list, state }, roster)
    await authorisation.current()
    return { roster, authorisation }
  }
  const runs = join(state, 'runs')
  const journals = fileJournals(runs, { keep: KEPT_RUNS, whole: false })
  const holdings = await FollowedHoldings.open(rosters, make, await journals.unfinished(), async (of) =>
    make(await rosterOfRun(rosters, runs, of)),
  )
  const ledger = await Ledger.open(ledgerFile, membership, config.mostEpsilon, config.periodsPerYear)
  const store = await openStore({ database: databaseOption(config.database, folder), clock: systemClock })

  const life = await beginLife(state)
  const tls = config.tls && new TlsFiles(folder, config.tls)
  if (!tls) assertListensSafely(config.host)
  const relay = new Relay(membership, () => Date.now(), {
    session: life.session,
    silenceMs: config.silenceSeconds * 1000,
  })
  const services = nodeServices(config.threads)
  const node = new Node(membership, relay, life, {
    journals: notingRoster(journals, runs, rosters),
    peers: peerFile(state),
    clock: systemClock,
  })
  const role = new PlatformRole(node, services, holdings, ledger)
  keepTranscripts(node, fileTranscripts(join(folder, config.transcripts)))
  const nightFiles = await openNightFiles(state)
  const nightMemory = await PlatformMemory.open(nightFiles, membership.suite)
  const nights = new PlatformNight(
    {
      ...{ node, services, ledger, policy: nightPolicy(config.night), leastProviders: LEAST_PROVIDERS },
      memory: nightMemory,
    },
    async () => ({ ...holdings.current(), lineage: rosters.held }),
  )
  const failRun = node.onFault
  node.onFault = (from, fault, failed) => {
    nights.broken(from, fault)
    failRun(from, fault, failed)
  }
  watchNode(node, log)
  node.attach(withNights(role, nights))
  relay.onEnvelope = (envelope) => node.receive(envelope)
  relay.onRefusal = ({ code, message }) => log.warn({ code }, message)

  await adoptServed(store, nightFiles)
  const registry = new ModelRegistry(store.models, registryRules(config.models))
  const monitor = await ModelMonitor.open(state, systemClock)
  const publisher = new SnapshotPublisher(store, rosters, config.idScheme, registry, monitor)
  const { silenceSeconds, patienceSeconds = PATIENCE_SECONDS } = config
  const service = new RunService(role, relay, publisher, systemClock, { silenceSeconds, patienceSeconds })
  const nightly = new NightService({
    ...{ nights, role, relay, models: registry, publisher, monitor, silenceMs: silenceSeconds * 1000 },
    patienceMs: patienceSeconds * 1000,
    running: () => service.running,
    subjects: () => rosters.held.roster.ids,
  })
  service.nightUnderWay = () => nightly.running
  const app = await createPlatformApp({
    store,
    cursorKey: randomBytes(32),
    version: {
      version: YINXIN_VERSION,
      protocol: PROTOCOL_VERSION,
      parameters: Buffer.from(parametersDigest(membership.suite.name as SuiteName)).toString('hex'),
    },
    ...(tls && { tls: tls.current }),
    monitoring: () => monitor.watch?.state ?? 'unknown',
  })
  tls?.watch(
    (material) => void renewCertificate(app, material),
    ({ message }) => log.warn(message),
  )
  relay.register(app)
  registerStatus(app, {
    ...{ membership, relay, now: () => Date.now(), silenceMs: config.silenceSeconds * 1000 },
    roster: () => rosters.held.roster,
    members: () => identityOfList(lists.newest),
  })
  registerApprovals(app, { membership, registry, now: () => Date.now() })
  await openDesk(app, {
    ...{ folder, identity: config.identity, state, membership, lists, role, onNotice: node.onNotice },
    nightUnderWay: () => nightly.running,
    authority: () => tls?.current.ca,
  })
  const desk = await ModelDesk.open({
    state,
    members: () =>
      lists.newest.list.members
        .filter(({ role: of }) => of === 'provider')
        .map(({ name, publicData }) => ({ name, publicData })),
    clock: systemClock,
    forget: (provider) => nightly.apart(() => nightMemory.forget(provider)),
  })
  const registered = await store.models.models()
  await desk.recall(await node.unfinished(), (run) =>
    registered.some((one) => one.run === run && one.accepted && one.state !== 'retired'),
  )
  const said = (fault: Error) => log.error({ code: (fault as { code?: string }).code }, fault.message)
  registry.onChampion = async (model) => {
    const served = servedModelOf(model)
    if (served) await desk.serve(served).catch(said)
    await monitor.champion(model).catch(said)
  }
  const { champion } = await store.models.serving()
  if (champion) await registry.onChampion(champion)
  service.onFailed = (run) => desk.failed(run).catch(said)
  const token = config.operatorTokenHash ?? sha256(await makeOperatorToken(state))
  registerControl(app, token, service, desk, nightly, registry, monitor)
  // Before anybody asks: a follower who comes back finds the run again.
  await service.resumeLeft()
  await app.listen({ host: config.host, port: config.port })
  log.info({ port: config.port }, 'listening')
  // A night is published over the roster that it was opened on.
  const quiet = {
    unfinished: async () => (nightly.running ? 'a night' : node.unfinished()),
    enqueue: (work: () => Promise<void>) => node.enqueue(work),
  }
  holdings.follow(
    (exchange) => changeOver(quiet, exchange, async () => log.info('took a newer roster')),
    ({ message }) => log.warn(message),
  )

  const end = closeWithGrace({ delay: 2000 }, async () => {
    await app.close()
    await services.engine.close()
    await store.close()
  })
  // A process that was started by the launcher ends with it.
  process.once('disconnect', () => void end.close())
}

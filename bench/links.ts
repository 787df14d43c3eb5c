/**
 * Slow links between nodes and a platform on one machine: by the kernel, each node in a network namespace of its own behind a `netem`
 * queue, where that is allowed and there; else by a proxy in user space.
 */
import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { FromLinks, OpenLink, ToLinks } from './slow-link.ts'

export interface LinkSpeed {
  readonly megabits: number
  /** One way. */
  readonly delayMs: number
}

export interface Links {
  readonly kind: string
  /** Makes a node's link. @returns the port of the loopback address that the node calls in place of the platform's */
  open(node: string, platformPort: number): Promise<number>
  /** What a node's process is started by. */
  within(node: string): readonly string[]
  /** Bytes so far; `up` is towards the platform. */
  count(): Promise<Record<string, { up: number; down: number }>>
  close(): void
}

const LOOPBACK = '127.0.0.1'
const PROXY = fileURLToPath(new URL('./slow-link.ts', import.meta.url))
/** A proxy that only passes on. */
const AT_ONCE: LinkSpeed = { megabits: 1e9, delayMs: 0 }

const run = (command: string, ...args: string[]) => void execFileSync(command, args, { stdio: 'pipe' })

/** A process of proxies. */
class Proxies {
  #child: ChildProcess

  constructor(child: ChildProcess) {
    this.#child = child
  }

  async open(link: OpenLink): Promise<number> {
    return ((await this.#ask({ open: link })) as Extract<FromLinks, { opened: object }>).opened.port
  }

  async count(): Promise<Record<string, { up: number; down: number }>> {
    return ((await this.#ask({ count: true })) as Extract<FromLinks, { counted: object }>).counted
  }

  close(): void {
    this.#child.disconnect()
  }

  #ask(question: ToLinks): Promise<FromLinks> {
    return new Promise((resolve) => {
      this.#child.once('message', (message: FromLinks) => resolve(message))
      this.#child.send(question)
    })
  }
}

export function userSpaceLinks(speed: LinkSpeed): Links {
  const proxies = new Proxies(fork(PROXY))
  return {
    kind: 'proxy in user space',
    open: (node, port) =>
      proxies.open({ node, listen: LOOPBACK, target: { host: LOOPBACK, port }, ...speed }),
    within: () => [],
    count: () => proxies.count(),
    close: () => proxies.close(),
  }
}

/** The names and addresses of one node's pair of interfaces. */
const pairOf = (index: number) => ({
  namespace: `yinxin-${process.pid}-${index}`,
  outer: `yx${process.pid % 10_000}o${index}`,
  inner: `yx${process.pid % 10_000}i${index}`,
  outerAddress: `10.211.${index}.1`,
  innerAddress: `10.211.${index}.2`,
})

/** Makes a namespace with a pair of interfaces, each end behind a slow queue. */
function makePair(index: number, { megabits, delayMs }: LinkSpeed): ReturnType<typeof pairOf> {
  const pair = pairOf(index)
  const { namespace, outer, inner } = pair
  const queue = ['root', 'netem', 'rate', `${megabits}mbit`, 'delay', `${delayMs}ms`, 'limit', '10000']
  run('ip', 'netns', 'add', namespace)
  run('ip', 'link', 'add', outer, 'type', 'veth', 'peer', 'name', inner, 'netns', namespace)
  run('ip', 'addr', 'add', `${pair.outerAddress}/30`, 'dev', outer)
  run('ip', 'link', 'set', outer, 'up')
  run('ip', '-n', namespace, 'addr', 'add', `${pair.innerAddress}/30`, 'dev', inner)
  for (const device of [inner, 'lo']) run('ip', '-n', namespace, 'link', 'set', device, 'up')
  run('tc', 'qdisc', 'add', 'dev', outer, ...queue)
  run('tc', '-n', namespace, 'qdisc', 'add', 'dev', inner, ...queue)
  return pair
}

function removePair(index: number): void {
  try {
    // Its interface goes with it, and the other end with that.
    run('ip', 'netns', 'del', pairOf(index).namespace)
  } catch {
    // It was not made.
  }
}

/** Why the kernel cannot do it here; null where it can. */
export function kernelRefusal(speed: LinkSpeed): string | null {
  try {
    makePair(0, speed)
    return null
  } catch (fault) {
    const { stderr, message } = fault as { stderr?: Buffer; message: string }
    return stderr?.toString().trim().split('\n')[0] || message
  } finally {
    removePair(0)
  }
}

/**
 * The platform listens on the loopback address alone and nodes call no other without TLS, so a plain proxy stands at either end of a
 * link: one in the node's namespace, one beside the platform.
 */
export function kernelLinks(speed: LinkSpeed): Links {
  const outside = new Proxies(fork(PROXY))
  const inside: Proxies[] = []
  const pairs = new Map<string, ReturnType<typeof pairOf>>()
  const within = (node: string) => ['ip', 'netns', 'exec', pairs.get(node)?.namespace ?? '']
  return {
    kind: 'network namespaces and netem',
    async open(node, platformPort) {
      const pair = makePair(pairs.size + 1, speed)
      pairs.set(node, pair)
      const [ip, ...args] = within(node)
      const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const
      const proxies = new Proxies(spawn(ip, [...args, process.execPath, PROXY], { stdio: [...stdio] }))
      inside.push(proxies)
      const host = pair.outerAddress
      const target = { host: LOOPBACK, port: platformPort }
      const port = await outside.open({ node, listen: host, target, ...AT_ONCE })
      return proxies.open({ node, listen: LOOPBACK, target: { host, port }, ...AT_ONCE })
    },
    within: (node) => (pairs.has(node) ? within(node) : []),
    count: () => outside.count(),
    close() {
      for (const proxies of [outside, ...inside]) proxies.close()
      for (let index = 1; index <= pairs.size; index++) removePair(index)
    },
  }
}

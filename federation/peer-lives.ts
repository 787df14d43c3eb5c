/** What a node remembers of the lives of others, so that none of them goes back to an older copy of its disk. */
import { federationErrors } from './errors.ts'
import type { Membership } from './members.ts'

/** One process lifetime of a node. */
export interface Life {
  /** Random. */
  readonly session: string
  /** Raised, and on disk, before a process sends anything. */
  readonly life: number
}

export interface PeerMemory {
  /** By name and signing key of the node, with a space between them. */
  load(): Promise<Readonly<Record<string, Life>>>
  /** Resolves when it is durable. */
  keep(lives: Readonly<Record<string, Life>>): Promise<void>
}

/**
 * The newest life of every other node. Each signing key has a count of its own: whoever lost its folder begins again under new
 * keys, with which none of its counters and masks were ever used, and the old keys stay where they were.
 */
export class PeerLives {
  #lives: Record<string, Life>
  #memory: PeerMemory
  #membership: Membership

  private constructor(lives: Record<string, Life>, memory: PeerMemory, membership: Membership) {
    this.#lives = lives
    this.#memory = memory
    this.#membership = membership
  }

  static async open(memory: PeerMemory, membership: Membership): Promise<PeerLives> {
    const lives = Object.entries(await memory.load()).flatMap(([about, life]) =>
      // Lives were kept by name alone once; they count for every key that the node had by then.
      about.includes(' ')
        ? [[about, life] as const]
        : [...membership.signKeysOf(about)].map((key) => [`${about} ${key}`, life] as const),
    )
    return new PeerLives(Object.fromEntries(lives), memory, membership)
  }

  /**
   * Lets in messages of the newest life of a node only. An earlier one, or another process under the same number, comes of a
   * disk that was set back: its counters and its mask labels would be used again.
   * @param key that the message was signed with
   * @throws PeerRolledBack
   */
  async admit(from: string, key: string, { life, session }: Life): Promise<void> {
    const about = `${from} ${key}`
    const known = this.#lives[about]
    if (known?.session === session && known.life === life) return
    if (known && life <= known.life) throw new federationErrors.PeerRolledBack(from, life, known.life)
    const listed = Object.entries(this.#lives).filter(([other]) => this.#isListed(other))
    this.#lives = { ...Object.fromEntries(listed), [about]: { life, session } }
    await this.#memory.keep(this.#lives)
  }

  /** What no list names any more is believed by nobody, and need not be remembered. */
  #isListed(about: string): boolean {
    const [name, key] = about.split(' ')
    return this.#membership.signKeysOf(name).has(key)
  }
}

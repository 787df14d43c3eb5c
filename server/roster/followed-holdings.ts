/**
 * What a node holds along its roster, made again in the background whenever a newer version of the roster arrives and put in
 * the place of the old one between two runs, without a restart.
 */
import type { Current } from '../../federation/index.ts'
import type { HeldRoster, NodeRoster } from './node-roster.ts'

const LOOK_MS = 5000

/** What a run that was begun in an earlier life of the process goes on with. */
interface Former<V> {
  readonly run: string
  readonly holdings: V
}

export class FollowedHoldings<V> implements Current<V> {
  #rosters: NodeRoster
  #make: (held: HeldRoster) => Promise<V>
  #value: V
  #former: Former<V> | null
  #looking = false

  private constructor(
    rosters: NodeRoster,
    make: (held: HeldRoster) => Promise<V>,
    value: V,
    former: Former<V> | null,
  ) {
    this.#rosters = rosters
    this.#make = make
    this.#value = value
    this.#former = former
  }

  /**
   * @param make lays the node's own along a roster; whatever it throws keeps the node from starting, and later from changing over
   * @param run one that was begun in an earlier life of the process and not ended, if any
   * @param makeFormer what that run goes on with
   */
  static async open<V>(
    rosters: NodeRoster,
    make: (held: HeldRoster) => Promise<V>,
    run: string | null = null,
    makeFormer: (run: string) => Promise<V> = () => make(rosters.held),
  ): Promise<FollowedHoldings<V>> {
    const former = run === null ? null : { run, holdings: await makeFormer(run) }
    return new FollowedHoldings(rosters, make, await make(rosters.held), former)
  }

  /** @param run one that is gone on with, if any */
  current(run?: string): V {
    return this.#former && run === this.#former.run ? this.#former.holdings : this.#value
  }

  /**
   * Looks once for a newer version.
   * @param changeOver does the exchange when no run is under way, and tells the platform
   * @returns whether there was one
   * @throws what the roster or the node's own data are refused for; the node goes on with what it has
   */
  async look(changeOver: (exchange: () => void) => Promise<void>): Promise<boolean> {
    const next = await this.#rosters.next()
    if (next === null) return false
    const value = await this.#make(next)
    await changeOver(() => {
      this.#rosters.take(next)
      this.#value = value
      this.#former = null
    })
    return true
  }

  /**
   * Looks every few seconds for as long as the process lives.
   * @param refused told why a newer version was not taken
   */
  follow(changeOver: (exchange: () => void) => Promise<void>, refused: (fault: Error) => void): void {
    const timer = setInterval(async () => {
      if (this.#looking) return
      this.#looking = true
      await this.look(changeOver).catch(refused)
      this.#looking = false
    }, LOOK_MS)
    timer.unref()
  }
}

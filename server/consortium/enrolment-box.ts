/**
 * What the platform keeps of enrolments: requests that wait for the office, and its answers. It can neither check nor change
 * them; it bounds their number and size.
 */
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type MemberRequest, ROTATION_FORMAT, Turns } from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import { readIfThere, replaceFile } from '../state/durable-file.ts'
import { networkOf } from './network-of.ts'

/** Most enrolments that wait for the office: anybody may leave one. */
const MOST_ENROLMENTS = 200
const KEPT_MS = 30 * 86_400_000
const ID = /^[0-9a-f]{32,130}$/
const ENROLMENT = '.request.json'
/** Kept apart: a stranger's enrolment under a member's key must not stand in the way of that member. */
const ROTATION = '.rotation.json'
const ANSWER = '.answer.json'

const idOf = (name: string): string => name.slice(0, name.indexOf('.'))

export class EnrolmentBox {
  #folder: string
  #now: () => number
  #turns = new Turns()
  #most: number
  /** Where enrolments came from, by file; those of an earlier life of the process count as of one network. */
  #networks = new Map<string, string>()

  constructor(state: string, now: () => number, most = MOST_ENROLMENTS) {
    this.#most = most
    this.#folder = join(state, 'enrolment')
    this.#now = now
  }

  /**
   * Keeps a request, one a token; the same one may come again. Of rotations, which their members have signed, there is at most
   * one a key; an enrolment that finds no room takes the place of another one.
   * @param address of whoever brings it
   * @throws EnrolmentTaken
   */
  put(request: MemberRequest, address: string): Promise<void> {
    return this.#turns.take(() => this.#store(request, address))
  }

  async #store(request: MemberRequest, address: string): Promise<void> {
    const { by, format } = request.request
    const name = `${by}${format === ROTATION_FORMAT ? ROTATION : ENROLMENT}`
    const text = JSON.stringify(request)
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const there = await readIfThere(join(this.#folder, name))
    if (there === text) return
    if (there !== null) throw new serverErrors.EnrolmentTaken()
    const network = networkOf(address)
    if (format !== ROTATION_FORMAT) await this.#makeRoom(network)
    await replaceFile(join(this.#folder, name), text)
    if (format !== ROTATION_FORMAT) this.#networks.set(name, network)
  }

  /** Whoever has left the most gives up his oldest one, so that a stranger who floods turns out himself and nobody else. */
  async #makeRoom(network: string): Promise<void> {
    const waiting = await this.#unanswered(ENROLMENT)
    if (waiting.length < this.#most) return
    const groups = Map.groupBy(waiting, (name) => this.#networks.get(name) ?? '')
    const sizeOf = (of: string) => groups.get(of)!.length + (of === network ? 1 : 0)
    const [most] = [...groups.keys()].sort((a, b) => sizeOf(b) - sizeOf(a))
    await this.#remove(groups.get(most)![0])
  }

  async #remove(name: string): Promise<void> {
    this.#networks.delete(name)
    await rm(join(this.#folder, name), { force: true })
  }

  /** Names of files of one kind, the oldest first; those that nobody fetched in a month are removed. */
  async #fresh(kind: string): Promise<string[]> {
    const names = await readdir(this.#folder).catch(() => [])
    const fresh: { name: string; since: number }[] = []
    for (const name of names.filter((one) => one.endsWith(kind))) {
      const stats = await stat(join(this.#folder, name)).catch(() => null)
      if (stats === null) continue
      if (this.#now() - stats.mtimeMs > KEPT_MS) await this.#remove(name)
      else fresh.push({ name, since: stats.mtimeMs })
    }
    return fresh.sort((a, b) => a.since - b.since).map(({ name }) => name)
  }

  async #unanswered(kind: string): Promise<string[]> {
    const answered = new Set((await this.#fresh(ANSWER)).map(idOf))
    return (await this.#fresh(kind)).filter((name) => !answered.has(idOf(name)))
  }

  /** Requests that the office has not answered yet. */
  async waiting(): Promise<unknown[]> {
    const names = [...(await this.#unanswered(ROTATION)), ...(await this.#unanswered(ENROLMENT))]
    const texts = await Promise.all(names.map((name) => readIfThere(join(this.#folder, name))))
    return texts.filter((text) => text !== null).map((text) => JSON.parse(text))
  }

  /** Keeps the office's answer to a request. */
  async answer(by: string, answer: unknown): Promise<void> {
    if (!ID.test(by)) throw new serverErrors.RequestUnreadable()
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    await replaceFile(join(this.#folder, `${by}${ANSWER}`), JSON.stringify(answer))
  }

  /** The answer to a request: null while it waits, undefined where there is no such request. */
  async answerTo(by: string): Promise<unknown> {
    if (!ID.test(by)) return undefined
    const read = (kind: string) => readIfThere(join(this.#folder, `${by}${kind}`))
    const answer = await read(ANSWER)
    if (answer !== null) return JSON.parse(answer)
    return (await read(ENROLMENT)) === null && (await read(ROTATION)) === null ? undefined : null
  }
}

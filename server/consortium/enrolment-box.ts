/**
 * What the platform keeps of enrolments: requests that wait for the office, and its answers. It can neither check nor change
 * them; it bounds their number and size.
 */
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { MemberRequest } from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import { readIfThere, replaceFile } from '../state/durable-file.ts'

/** Most requests that wait for the office. */
export const MOST_REQUESTS = 200
const KEPT_MS = 30 * 86_400_000
const ID = /^[0-9a-f]{32,130}$/

export class EnrolmentBox {
  #folder: string
  #now: () => number
  #storing: Promise<void> = Promise.resolve()

  constructor(state: string, now: () => number) {
    this.#folder = join(state, 'enrolment')
    this.#now = now
  }

  /**
   * Keeps a request, one a token; the same one may come again.
   * @throws EnrolmentTaken, EnrolmentFull
   */
  put(request: MemberRequest): Promise<void> {
    const text = JSON.stringify(request)
    const stored = this.#storing.then(() => this.#store(`${request.request.by}.request.json`, text))
    this.#storing = stored.catch(() => {})
    return stored
  }

  async #store(name: string, text: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const there = await readIfThere(join(this.#folder, name))
    if (there === text) return
    if (there !== null) throw new serverErrors.EnrolmentTaken()
    if ((await this.#fresh('.request.json')).length >= MOST_REQUESTS)
      throw new serverErrors.EnrolmentFull(MOST_REQUESTS)
    await replaceFile(join(this.#folder, name), text)
  }

  /** Names of files of one kind; those that nobody fetched in a month are removed. */
  async #fresh(kind: string): Promise<string[]> {
    const names = await readdir(this.#folder).catch(() => [])
    const fresh: string[] = []
    for (const name of names.filter((one) => one.endsWith(kind))) {
      const { mtimeMs } = await stat(join(this.#folder, name))
      if (this.#now() - mtimeMs > KEPT_MS) await rm(join(this.#folder, name), { force: true })
      else fresh.push(name)
    }
    return fresh
  }

  /** Requests that the office has not answered yet. */
  async waiting(): Promise<unknown[]> {
    const answered = new Set((await this.#fresh('.answer.json')).map((name) => name.split('.')[0]))
    const names = (await this.#fresh('.request.json')).filter((name) => !answered.has(name.split('.')[0]))
    const texts = await Promise.all(names.map((name) => readIfThere(join(this.#folder, name))))
    return texts.filter((text) => text !== null).map((text) => JSON.parse(text))
  }

  /** Keeps the office's answer to a request. */
  async answer(by: string, answer: unknown): Promise<void> {
    if (!ID.test(by)) throw new serverErrors.RequestUnreadable()
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    await replaceFile(join(this.#folder, `${by}.answer.json`), JSON.stringify(answer))
  }

  /** The answer to a request: null while it waits, undefined where there is no such request. */
  async answerTo(by: string): Promise<unknown> {
    if (!ID.test(by)) return undefined
    const answer = await readIfThere(join(this.#folder, `${by}.answer.json`))
    if (answer !== null) return JSON.parse(answer)
    return (await readIfThere(join(this.#folder, `${by}.request.json`))) === null ? undefined : null
  }
}

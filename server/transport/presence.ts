/** Who is there, and whether a signed request is new: one member's sessions as the relay sees them. */

/** Requests of a member overtake each other on several connections, by no more than this. */
const REMEMBERED = 64

interface Presence {
  session: string
  /** Sessions that others have followed, the newest ones. */
  former: string[]
  /** Times of the newest requests, rising; what is older than the first one is refused. */
  times: number[]
  /** Open polls; a member with none has a while to come back. */
  open: number
  goneSince: number
}

export class PresenceBook {
  #members = new Map<string, Presence>()
  #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /**
   * Notes a signed request of a member.
   * @returns 'repeated' for one that was seen before or is older than what was seen since, 'replaced' for one of a session that
   * another one has followed: a second process under the same name would take turns with the first
   */
  admit(member: string, session: string, time: number): 'new' | 'repeated' | 'replaced' {
    let presence = this.#members.get(member)
    if (!presence) {
      presence = { session, former: [], times: [time], open: 0, goneSince: 0 }
      this.#members.set(member, presence)
    } else if (presence.session === session) {
      if (!insert(presence.times, time)) return 'repeated'
    } else {
      if (presence.former.includes(session)) return 'replaced'
      // A recorded request of a session that is forgotten is older than what was seen since.
      if (time <= presence.times.at(-1)!) return 'repeated'
      presence.former = [...presence.former, presence.session].slice(-REMEMBERED)
      presence.session = session
      presence.times = [time]
    }
    presence.goneSince = this.#now()
    return 'new'
  }

  /** A poll of an admitted member begins; call the result when it is over, however it ended. */
  polling(member: string): () => void {
    const presence = this.#members.get(member)!
    presence.open++
    return () => {
      presence.open--
      presence.goneSince = this.#now()
    }
  }

  /** Members of the list that have had no open poll for longer than `milliseconds`. */
  silent(members: readonly string[], milliseconds: number): string[] {
    return members.filter((member) => {
      const presence = this.#members.get(member)
      return !presence || (presence.open === 0 && this.#now() - presence.goneSince > milliseconds)
    })
  }
}

/** Puts a time in its place among the newest; false where it stands there already or is too old. */
function insert(times: number[], time: number): boolean {
  if (times.includes(time) || (times.length >= REMEMBERED && time < times[0])) return false
  const at = times.findLastIndex((other) => other < time) + 1
  times.splice(at, 0, time)
  if (times.length > REMEMBERED) times.shift()
  return true
}

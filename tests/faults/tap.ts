/** A TCP tap between a member and the platform that reads the headers of passing envelopes and can cut a message off. */
import { connect, createServer, type Socket } from 'node:net'
import { PLATFORM } from '../../federation/index.ts'

export interface Passing {
  readonly from: string
  readonly to: string
  readonly run: string
  readonly type: string
  readonly round: number
}

/** What becomes of the bytes that a message begins in. */
export type Verdict = 'pass' | 'cut'

const HEADER =
  /"from":"([^"]{1,128})","to":"([^"]{1,128})","run":"([^"]{0,128})","plan":"[^"]{0,64}","type":"([^"]{1,128})","round":(\d+)/g
/** A header may be split over two pieces. */
const OVERLAP = 1024

/** Headers of envelopes in a stream of bytes, each once; bodies are sealed and hold none. */
function headerScanner(wanted: (passing: Passing) => boolean): (piece: Buffer) => Passing[] {
  let tail = ''
  return (piece) => {
    const text = tail + piece.toString('latin1')
    const found: Passing[] = []
    for (const match of text.matchAll(HEADER)) {
      if (match.index + match[0].length <= tail.length) continue
      const [, from, to, run, type, round] = match
      const passing = { from, to, run, type, round: Number(round) }
      if (wanted(passing)) found.push(passing)
    }
    tail = text.slice(-OVERLAP)
    return found
  }
}

/**
 * @param judge asked for every message that its sender hands to the platform, and for every one of the platform's own on its way to
 * the member
 * @returns the port that the member is to call
 */
export function tap(
  member: string,
  target: number,
  judge: (passing: Passing) => Verdict,
): Promise<{ port: number; close(): void }> {
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1')
    const end = () => {
      near.destroy()
      far.destroy()
    }
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', end).on('close', () => {
        sockets.delete(socket)
        end()
      })
    }
    const pass = (from: Socket, to: Socket, sender: string) => {
      const scan = headerScanner((passing) => passing.from === sender)
      from.on('data', (piece: Buffer) => {
        if (scan(piece).some((passing) => judge(passing) === 'cut')) end()
        else to.write(piece)
      })
    }
    pass(near, far, member)
    pass(far, near, PLATFORM)
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve({
        port: typeof address === 'object' && address ? address.port : 0,
        close: () => {
          for (const socket of sockets) socket.destroy()
          server.close()
        },
      })
    })
  })
}

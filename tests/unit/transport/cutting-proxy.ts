/** A TCP proxy that breaks connections: what an unsteady network does to polls and posts. */
import { connect, createServer, type Socket } from 'node:net'

export interface CuttingProxy {
  readonly port: number
  /** Connections that were cut so far. */
  readonly cuts: () => number
  close(): Promise<void>
}

/**
 * @param budgets bytes of answer that each of the first connections lets through before both of its ends are destroyed;
 * further connections are left alone
 */
export function cuttingProxy(target: number, budgets: readonly number[]): Promise<CuttingProxy> {
  const sockets = new Set<Socket>()
  let next = 0
  let cuts = 0
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1')
    let left = budgets[next++] ?? Number.POSITIVE_INFINITY
    const end = () => {
      near.destroy()
      far.destroy()
    }
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', end).on('close', end)
    }
    near.on('data', (chunk) => far.write(chunk))
    far.on('data', (chunk) => {
      if (chunk.length <= left) {
        left -= chunk.length
        near.write(chunk)
        return
      }
      cuts++
      // The last bytes must be out before the reset, otherwise every cut would be a cut at zero.
      if (left === 0) end()
      else near.write(chunk.subarray(0, left), end)
    })
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve({
        port: typeof address === 'object' && address ? address.port : 0,
        cuts: () => cuts,
        close: () =>
          new Promise((closed) => {
            for (const socket of sockets) socket.destroy()
            server.close(() => closed())
          }),
      })
    })
  })
}

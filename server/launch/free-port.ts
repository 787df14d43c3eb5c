/** A port for the platform on this machine. */
import { createServer } from 'node:net'
import { serverErrors } from '../errors.ts'

const PREFERRED_PORT = 8480

/** The preferred port if it is free, else any free one. @throws NoPort */
export async function freePort(host: string): Promise<number> {
  const probe = (port: number) =>
    new Promise<number | null>((found) => {
      const server = createServer()
      server.once('error', () => found(null))
      server.listen(port, host, () => {
        const address = server.address()
        server.close(() => found(typeof address === 'object' && address ? address.port : null))
      })
    })
  const port = (await probe(PREFERRED_PORT)) ?? (await probe(0))
  if (port === null) throw new serverErrors.NoPort()
  return port
}

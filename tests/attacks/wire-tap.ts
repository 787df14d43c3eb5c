/**
 * Stands where a relay stands: sees sealed envelopes and their signed headers, never a body, and may repeat, hold back,
 * change or add some. Counterpart of interception.ts, which plays a party that deviates and stands before the seal.
 */
import type { Header } from '../../federation/messages/envelope.ts'
import type { TestConsortium } from '../helpers/consortium.ts'

export interface Sealed {
  readonly to: string
  readonly envelope: Uint8Array
  readonly header: Header
}

type Passed = readonly Pick<Sealed, 'to' | 'envelope'>[] | undefined

/** What the relay passes on instead of an envelope; undefined leaves it as it is. */
export type Relay = (sealed: Sealed) => Passed | Promise<Passed>

const LENGTH = 4
const SIGNATURE = 64

const headerLength = (envelope: Uint8Array): number =>
  new DataView(envelope.buffer, envelope.byteOffset).getUint32(0, true)

export function headerOf(envelope: Uint8Array): Header {
  const bytes = envelope.subarray(LENGTH, LENGTH + headerLength(envelope))
  return JSON.parse(Buffer.from(bytes).toString('utf8'))
}

/** The sealed body behind header and signature. */
export const bodyOf = (envelope: Uint8Array): Uint8Array =>
  envelope.subarray(LENGTH + headerLength(envelope) + SIGNATURE)

/** The envelope under another header; signature and body stay as they are. */
export function underHeader(envelope: Uint8Array, fields: Partial<Header>): Uint8Array {
  const header = Buffer.from(JSON.stringify({ ...headerOf(envelope), ...fields }))
  const length = Buffer.alloc(LENGTH)
  length.writeUInt32LE(header.length)
  return Buffer.concat([length, header, envelope.subarray(LENGTH + headerLength(envelope))])
}

/** Taps a consortium's wire. @returns everything that its parties sent, as it was sent */
export function tap(consortium: TestConsortium, relay: Relay = () => undefined): Sealed[] {
  const sent: Sealed[] = []
  const { transport } = consortium
  const send = transport.send.bind(transport)
  transport.send = async (to, envelope) => {
    const sealed = { to, envelope, header: headerOf(envelope) }
    sent.push(sealed)
    for (const one of (await relay(sealed)) ?? [sealed]) await send(one.to, one.envelope)
  }
  return sent
}

/** Codes of the faults that parties met, with the party's name: "keyholder YX_FEDERATION_SECOND_ANSWER". */
export function faultsOf(consortium: TestConsortium): string[] {
  const faults: string[] = []
  for (const [name, node] of consortium.nodes) {
    const { onFault } = node
    node.onFault = (from, fault, failed) => {
      faults.push(`${name} ${(fault as { code?: string }).code}`)
      onFault(from, fault, failed)
    }
  }
  return faults
}

/** Who stands at the other end of a connection of the platform, by its certificate; enforced where members are spoken to. */
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Membership } from '../../federation/index.ts'
import { hashOfKey } from '../consortium/certificate-checks.ts'
import { serverErrors } from '../errors.ts'

interface Peer {
  readonly name: string
  readonly from: number
  readonly to: number
  /** Hex sha256 of its public key, as member lists name it. */
  readonly key: string
  /** What the handshake found wrong, null where its chain ends at the consortium's authority. */
  readonly fault: string | null
}

/** Of a certificate that is wrong by its dates, and perhaps by its chain too: it stays refused on that connection. */
const DATED: ReadonlySet<string> = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'])
const peers = new WeakMap<TLSSocket, Peer | null>()

function peerOf(socket: TLSSocket): Peer | null {
  const known = peers.get(socket)
  if (known !== undefined) return known
  const certificate = socket.getPeerCertificate()
  const found =
    certificate?.subject === undefined
      ? null
      : {
          name: String(certificate.subject.CN),
          from: Date.parse(certificate.valid_from),
          to: Date.parse(certificate.valid_to),
          key: hashOfPeerKey(socket),
          fault: socket.authorized ? null : String(socket.authorizationError),
        }
  peers.set(socket, found)
  return found
}

function hashOfPeerKey(socket: TLSSocket): string {
  const key = socket.getPeerX509Certificate()?.publicKey.export({ type: 'spki', format: 'der' })
  return key === undefined ? '' : hashOfKey(key)
}

/**
 * Whether the certificate of a connection speaks for a member: its chain, its dates, its name, and the key that the office has
 * put into the member list beside the name. A connection without TLS passes: the platform listens without it on loopback only.
 * @throws CertificateMissing, CertificateForeign, CertificateExpired, CertificateOther, CertificateReplaced
 */
export function assertCertificate(
  socket: Socket,
  membership: Pick<Membership, 'tlsKeysOf'>,
  member: string,
  now: number,
): void {
  if (!(socket instanceof TLSSocket)) return
  const peer = peerOf(socket)
  if (!peer) throw new serverErrors.CertificateMissing(member)
  if (peer.fault !== null && !DATED.has(peer.fault)) throw new serverErrors.CertificateForeign(member)
  // A connection may outlive the certificate that it was opened with.
  if (peer.fault !== null || !(peer.from <= now && now <= peer.to))
    throw new serverErrors.CertificateExpired(member)
  if (peer.name !== member) throw new serverErrors.CertificateOther(member)
  if (membership.tlsKeysOf(member)?.includes(peer.key) === false)
    throw new serverErrors.CertificateReplaced(member)
}

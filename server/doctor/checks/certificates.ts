/** The node's TLS files: there, belonging together, of the consortium's authority, in date, in this node's name. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { assertListensSafely, assertReachedSafely } from '../../transport/address.ts'
import type { Examined } from '../examined.ts'
import { type Finding, sayer, words } from '../finding.ts'
import type { Patient } from '../patient.ts'

const say = sayer('certificates')
const DAY_MS = 86_400_000
/** Time enough to have a new one issued. */
const SOON_DAYS = 30

const reissue = words(
  '向联盟办公室申请新证书，放在原处；节点无需重启。',
  "Have the consortium's office issue a new one and put it in the place of the old one; the node need not be restarted.",
)

export function checkCertificates({ patient, surroundings, platform }: Examined): Finding[] {
  const { folder, config } = patient
  const { tls } = config
  if (!tls) return [withoutTls(patient)]
  const read = (file: string) => readFileSync(join(folder, file))
  let certificate: X509Certificate
  let authority: X509Certificate
  let ownKey: boolean
  try {
    certificate = new X509Certificate(read(tls.certificate))
    authority = new X509Certificate(read(tls.authority))
    ownKey = certificate.checkPrivateKey(createPrivateKey(read(tls.key)))
  } catch {
    return [
      say.fail(
        words('证书、私钥或根证书不存在或不是 PEM', 'certificate, key or authority is missing or not PEM'),
        words('改正 "tls" 中的路径。', 'Correct the paths under "tls".'),
      ),
    ]
  }
  // A wrong clock here is another finding: it is the platform that judges the certificate.
  const now = platform.reached && platform.clock !== null ? platform.clock.there : surroundings.now()
  return [
    keyFits(ownKey),
    keyPrivate((statSync(join(folder, tls.key)).mode & 0o077) === 0),
    issuedBy(certificate, authority),
    inDate(certificate, '证书', 'certificate', now),
    inDate(authority, '根证书', 'authority', now),
    named(certificate, config.name),
  ].filter((finding) => finding !== null)
}

function withoutTls(patient: Patient): Finding {
  try {
    if (patient.role === 'platform') assertListensSafely(patient.config.host)
    else {
      assertReachedSafely(patient.config.platform)
      if (patient.config.platform.startsWith('https:')) return missingTls(patient.config.platform)
    }
    return say.ok('未配置 TLS：仅限本机内', 'no TLS is configured: within this machine only')
  } catch {
    return missingTls(patient.role === 'platform' ? patient.config.host : patient.config.platform)
  }
}

const missingTls = (address: string): Finding =>
  say.fail(
    words(`${address} 需要 TLS，但未配置 "tls"`, `${address} needs TLS, and "tls" is not configured`),
    words('配置证书、私钥和根证书。', 'Configure certificate, key and authority.'),
  )

const keyFits = (fits: boolean): Finding | null =>
  fits
    ? null
    : say.fail(
        words('私钥与证书不匹配', 'the private key is not that of the certificate'),
        words(
          '改正 "tls" 中的路径，或重新签发。',
          'Correct the paths under "tls", or have a new one issued.',
        ),
      )

const keyPrivate = (only: boolean): Finding | null =>
  only
    ? null
    : say.fail(
        words('其他用户可以访问 TLS 私钥', 'other accounts may open the TLS key'),
        words('执行 chmod 600。', 'chmod 600.'),
      )

function issuedBy(certificate: X509Certificate, authority: X509Certificate): Finding | null {
  if (certificate.checkIssued(authority) && certificate.verify(authority.publicKey)) return null
  return say.fail(
    words('证书不是由该根证书签发的', 'the certificate was not issued by this authority'),
    words(
      '使用入网时签发的证书，以及联盟的根证书。',
      "Use the certificate issued at enrolment, and the consortium's authority.",
    ),
  )
}

function inDate(certificate: X509Certificate, zh: string, en: string, now: number): Finding {
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)]
  const until = new Date(to).toISOString().slice(0, 10)
  const days = Math.floor((to - now) / DAY_MS)
  if (now < from)
    return say.fail(
      words(`${zh}尚未生效`, `the ${en} is not valid yet`),
      words(
        '检查本机时钟，再检查证书日期。',
        'Look at the clock first, then at the dates of the certificate.',
      ),
    )
  if (now > to) return say.fail(words(`${zh}已于 ${until} 过期`, `the ${en} expired on ${until}`), reissue)
  return days < SOON_DAYS
    ? say.warn(
        words(`${zh}还有 ${days} 天到期（${until}）`, `the ${en} expires in ${days} days (${until})`),
        reissue,
      )
    : say.ok(`${zh}有效期至 ${until}（${days} 天）`, `the ${en} is good until ${until} (${days} days)`)
}

function named(certificate: X509Certificate, name: string): Finding | null {
  const common = /^CN=(.*)$/m.exec(certificate.subject)?.[1]
  return common === name
    ? null
    : say.fail(
        words(
          `证书的名称是 "${common}"，节点是 "${name}"`,
          `the certificate is of "${common}", the node is "${name}"`,
        ),
        words('使用本节点自己的证书。', "Use this node's own certificate."),
      )
}

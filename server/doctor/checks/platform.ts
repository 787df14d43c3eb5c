/** Whether the platform is reached: name, connection, TLS, and that what answers is the platform. */
import { stateFolder } from '../../state/state-folder.ts'
import { holderOf } from '../../store/folder-lock.ts'
import type { Examined } from '../examined.ts'
import { type Finding, sayer, type Words, words } from '../finding.ts'
import { platformAddress } from '../patient.ts'

const say = sayer('platform')

const FIREWALL = words(
  '确认防火墙允许本机访问该地址和端口。',
  'See that the firewall lets this machine call that address and port.',
)
const AUTHORITY = words(
  '双方使用同一联盟根证书；确认途中没有网关解开 TLS。',
  "Use the consortium's authority on both sides; see that no gateway on the way ends the TLS connection.",
)

/** What the system says of a failed connection, in words. */
const FAULTS: Readonly<Record<string, readonly [Words, Words]>> = {
  ENOTFOUND: [
    words('找不到主机名', 'the host name is not known'),
    words('改正 "platform"，检查 DNS。', 'Correct "platform", see the DNS.'),
  ],
  EAI_AGAIN: [words('DNS 无应答', 'the DNS does not answer'), words('检查 DNS。', 'See the DNS.')],
  ECONNREFUSED: [
    words('该端口无人监听', 'nobody listens at that port'),
    words('启动平台，或改正 "platform" 的端口。', 'Start the platform, or correct the port in "platform".'),
  ],
  UND_ERR_CONNECT_TIMEOUT: [words('连接超时', 'no connection in time'), FIREWALL],
  ETIMEDOUT: [words('连接超时', 'no connection in time'), FIREWALL],
  EHOSTUNREACH: [words('没有到该主机的路由', 'there is no route to that host'), FIREWALL],
  ENETUNREACH: [words('没有到该网络的路由', 'there is no route to that network'), FIREWALL],
  ECONNRESET: [words('连接被中断', 'the connection was cut'), FIREWALL],
  UND_ERR_HEADERS_TIMEOUT: [
    words('连接后没有应答', 'it was connected and did not answer'),
    words('查看平台日志与负载。', "See the platform's log and load."),
  ],
  CERT_HAS_EXPIRED: [
    words('平台的证书已过期', "the platform's certificate has expired"),
    words(
      '平台更换证书；先确认本机时钟正确。',
      "See this machine's clock first, then have the platform renew it.",
    ),
  ],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    words('平台的证书不含该主机名', "the platform's certificate does not name that host"),
    words('"platform" 中使用证书所写的主机名。', 'Use the host name that the certificate was issued for.'),
  ],
  SELF_SIGNED_CERT_IN_CHAIN: [
    words('平台的证书出自别的根证书', "the platform's certificate is of another authority"),
    AUTHORITY,
  ],
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    words('平台的证书出自别的根证书', "the platform's certificate is of another authority"),
    AUTHORITY,
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    words('平台的证书出自别的根证书', "the platform's certificate is of another authority"),
    AUTHORITY,
  ],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [
    words('平台的证书出自别的根证书', "the platform's certificate is of another authority"),
    AUTHORITY,
  ],
}

export function checkPlatform(node: Examined): Finding[] {
  const { patient, platform } = node
  const address = platformAddress(patient)
  if (!platform.reached) return [unreached(node, address, platform.fault)]
  const { version, httpStatus, proxy } = platform
  if (version === null)
    return [
      say.fail(
        words(
          `${address} 有应答（HTTP ${httpStatus}），但不是隐信平台${proxy ? `；应答带有代理标记 "${proxy}"` : ''}`,
          `something answers at ${address} (HTTP ${httpStatus}), and it is no platform of this version${proxy ? `; the answer has the header "${proxy}" of a proxy` : ''}`,
        ),
        words(
          '改正地址；请代理管理员对该地址放行。',
          'Correct the address; have the proxy let this address through unchanged.',
        ),
      ),
    ]
  const found = [say.ok(`${address} 可以访问`, `${address} is reached`)]
  if (proxy !== null)
    found.push(
      say.warn(
        words(`途中有代理（"${proxy}"）`, `a proxy stands on the way (header "${proxy}")`),
        words(
          '确认它不缓存应答，并允许 60 秒长连接。',
          'See that it keeps no answers and lets a request stay open for 60 seconds.',
        ),
      ),
    )
  return found
}

function unreached({ patient }: Examined, address: string, fault: Error & { code?: string }): Finding {
  if (patient.role === 'platform' && holderOf(stateFolder(patient.folder, patient.config)) === null)
    return say.unknown(
      '平台未运行，仅作本机检查',
      'the platform is not running: only what is local was looked at',
    )
  const code = fault.code ?? 'unknown'
  const [what, mend] = FAULTS[code] ?? [words('连接失败', 'the connection failed'), FIREWALL]
  return say.fail(
    words(
      `${address}：${what.zh}（${code}）；仅作本机检查`,
      `${address}: ${what.en} (${code}); only what is local was looked at`,
    ),
    mend,
  )
}

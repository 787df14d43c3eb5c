/** Node, the native parts that this configuration needs, and the platform's version and protocol. */
import { readerLoads, runtimeLoads } from '../../../features/index.ts'
import type { Examined } from '../examined.ts'
import { type Finding, sayer, words } from '../finding.ts'
import type { Patient } from '../patient.ts'

const say = sayer('versions')
const LEAST_NODE = 24

export async function checkVersions({ patient, surroundings, platform }: Examined): Promise<Finding[]> {
  const { node, yinxin, protocol } = surroundings
  const findings: Finding[] = [
    Number.parseInt(node, 10) >= LEAST_NODE
      ? say.ok(
          `Node ${node}，隐信 ${yinxin}，协议 ${protocol}`,
          `Node ${node}, Yinxin ${yinxin}, protocol ${protocol}`,
        )
      : say.fail(
          words(`Node ${node} 过旧`, `Node ${node} is too old`),
          words(
            `使用 Node ${LEAST_NODE} 或更新版本（npx node）。`,
            `Use Node ${LEAST_NODE} or newer (npx node).`,
          ),
        ),
    ...(await nativeParts(patient)),
  ]
  if (platform.reached && platform.version !== null) {
    const there = platform.version
    if (there.protocol !== protocol)
      findings.push(
        say.fail(
          words(
            `平台使用协议 ${there.protocol}（隐信 ${there.version}），本节点使用协议 ${protocol}`,
            `the platform speaks protocol ${there.protocol} (Yinxin ${there.version}), this node ${protocol}`,
          ),
          words('将较旧的一方升级到同一版本。', 'Bring the older of the two up to date.'),
        ),
      )
    else if (there.version !== yinxin)
      findings.push(
        say.warn(
          words(
            `平台是隐信 ${there.version}，本节点是 ${yinxin}`,
            `the platform runs Yinxin ${there.version}, this node ${yinxin}`,
          ),
          words(
            '协议相同，可以运行；请尽快统一版本。',
            'They understand each other; still, run one version soon.',
          ),
        ),
      )
  }
  return findings
}

/** What is loaded only by those whose configuration asks for it. */
async function nativeParts({ role, config }: Patient): Promise<Finding[]> {
  const data = role === 'provider' ? config.data : undefined
  const reads = data !== undefined || (role === 'label-holder' && config.loans !== undefined)
  const models = data?.features?.some(({ onnx, neural }) => (onnx ?? neural) !== undefined) ?? false
  const faults: Finding[] = []
  const tried = [
    ...(reads ? [['DuckDB', readerLoads] as const] : []),
    ...(models ? [['onnxruntime', runtimeLoads] as const] : []),
  ]
  for (const [name, loads] of tried)
    if (!(await loads()))
      faults.push(
        say.fail(
          words(`${name} 无法加载`, `${name} does not load on this machine`),
          words(
            '重新执行 npm ci，并确认系统与处理器受支持。',
            'Run npm ci again, and see that system and processor are supported.',
          ),
        ),
      )
  return faults
}

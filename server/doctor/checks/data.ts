/** A provider's sources and a label holder's file: whether they are there. What they hold is for `provider check` to say. */
import { accessSync, constants } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { checkSnapshot, defineLoans } from '../../../features/index.ts'
import type { ProviderConfig } from '../../config.ts'
import type { Examined } from '../examined.ts'
import { type Finding, sayer, words } from '../finding.ts'

const say = sayer('data')
const CONNECT_MS = 5_000
const PORTS: Readonly<Record<string, number>> = { postgresql: 5432, mysql: 3306 }

type Source = NonNullable<ProviderConfig['data']>['sources'][number]

export async function checkData({ patient }: Examined): Promise<Finding[]> {
  const { folder, role, config } = patient
  const findings: (Finding | null)[] = []
  if (role === 'provider') {
    for (const { party, file } of config.tables) findings.push(fileThere(folder, file, party))
    for (const source of config.data?.sources ?? []) findings.push(await sourceThere(folder, source))
  } else if (role === 'label-holder') {
    findings.push(fileThere(folder, config.labels, 'labels'))
    if (config.loans) {
      findings.push(await snapshotIntact(join(folder, config.labels), config.loans))
      for (const source of config.loans.sources) findings.push(await sourceThere(folder, source))
    }
  } else return []
  const faults = findings.filter((finding) => finding !== null)
  return faults.length > 0
    ? faults
    : [
        say.ok(
          '数据来源都在（内容由 provider check 检查）',
          'all sources are there (what they hold, provider check says)',
        ),
      ]
}

function fileThere(folder: string, file: string, of: string): Finding | null {
  try {
    accessSync(join(folder, file), constants.R_OK)
    return null
  } catch (fault) {
    const code = (fault as NodeJS.ErrnoException).code
    return say.fail(
      words(`${of} 的文件无法读取（${code}）`, `the file of ${of} cannot be read (${code})`),
      words('改正路径或权限。', 'Correct its path or its rights.'),
    )
  }
}

async function sourceThere(folder: string, source: Source): Promise<Finding | null> {
  if (source.file !== undefined) return fileThere(folder, source.file, source.class)
  const missing =
    source.passwordFile === undefined
      ? null
      : fileThere(folder, source.passwordFile, `${source.class} (passwordFile)`)
  if (missing !== null) return missing
  const url = URL.canParse(source.url ?? '') ? new URL(source.url as string) : null
  const local = url?.searchParams.get('host')?.startsWith('/') === true
  if (url === null || local || (await answers(url, PORTS[source.database ?? '']))) return null
  return say.fail(
    words(`${source.class} 的数据库没有应答`, `the database of ${source.class} does not answer`),
    words(
      '检查地址、端口、防火墙以及数据库是否启动。',
      'See address, port, firewall, and whether the database runs.',
    ),
  )
}

function answers(url: URL, usual: number | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const socket = connect({ host, port: Number(url.port || usual) })
    const end = (found: boolean) => {
      socket.destroy()
      resolve(found)
    }
    socket.setTimeout(CONNECT_MS, () => end(false))
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
  })
}

async function snapshotIntact(
  file: string,
  loans: Parameters<typeof defineLoans>[0],
): Promise<Finding | null> {
  try {
    await checkSnapshot(file, defineLoans(loans))
    return null
  } catch (fault) {
    const text = (fault as Error).message
    return say.fail(
      words(`标签快照不可用：${text}`, text),
      words(
        '使用冻结时的文件，或重新冻结（label-holder snapshot）。',
        'Use the file as it was frozen, or freeze anew (label-holder snapshot).',
      ),
    )
  }
}

import { execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { syntheticUscc } from '../../../features/index.ts'
import { providerConfig, readConfig } from '../../../server/config.ts'
import { exitCodes } from '../../../server/exit-codes.ts'

const MAIN = join(import.meta.dirname, '..', '..', '..', 'server', 'cli', 'main.ts')
const CODE = syntheticUscc('130925', 77)
const HEAD = '统一社会信用代码,企业名称,户名,户号,账期,用水量,应缴金额,实缴金额,应缴日期,缴纳日期'

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function yinxin(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], (fault, stdout, stderr) => {
      resolve({ code: typeof fault?.code === 'number' ? fault.code : 0, stdout, stderr })
    })
  })
}

let folder: string
const at = (name: string) => join(folder, name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'yinxin-commands-'))
  const rows = Array.from({ length: 6 }, (_, index) => {
    const month = `2025-0${index + 1}`
    return `${CODE},示例供水用户,示例供水用户,A1,${month},100,500,500,2025-0${index + 2}-20,2025-0${index + 2}-19`
  })
  const canonical =
    'uscc,enterprise_name,water_account_name,water_account_no,bill_month,usage_m3,amount_due_yuan,amount_paid_yuan,due_date,paid_date'
  await writeFile(at('bills.csv'), `${canonical}\n${rows.join('\n')}\n`)
  await writeFile(at('renamed.csv'), `${HEAD.replace('统一社会信用代码', '信用码')}\n${rows.join('\n')}\n`)
  await writeFile(
    at('good.yaml'),
    'data:\n  asOf: 2025-07-31\n  sources:\n    - class: water_usage\n      file: bills.csv\n',
  )
  await writeFile(
    at('bad.yaml'),
    'data:\n  asOf: 2025-07-31\n  sources:\n    - { class: water_usage, file: renamed.csv }\n    - { class: gas_usage, file: gone.csv }\n',
  )
})
afterAll(() => rm(folder, { recursive: true }))

describe('yinxin provider check', { timeout: 60_000 }, () => {
  it('says in both languages what would be used and that nothing raw leaves', async () => {
    const [en, zh] = await Promise.all([
      yinxin('provider', 'check', at('good.yaml'), '--lang', 'en'),
      yinxin('provider', 'check', at('good.yaml'), '--lang', 'zh'),
    ])
    expect([en.code, zh.code]).toEqual([0, 0])
    expect(en.stdout).toContain('No raw record, no list of enterprises, no value of a feature.')
    expect(en.stdout).toMatch(/received 6 = accepted 6/)
    expect(en.stdout).toMatch(/arrears_days/)
    expect(zh.stdout).toContain('没有任何原始记录')
    expect(zh.stdout).toContain('没有问题，可以参加联合计算')
  })

  it('names everything that fails at once, with code and mend, and exits with 10', async () => {
    const { code, stdout } = await yinxin('provider', 'check', at('bad.yaml'), '--lang', 'en')
    expect(code).toBe(10)
    expect(stdout).toContain('gone.csv')
    expect(stdout).toContain('renamed.csv')
    expect(stdout.match(/✗ .*Mend: .*\(YX_FEATURES_/g)).toHaveLength(2)
  })

  it('prints counts and hashes for programs, and no record, in either form', async () => {
    const { stdout } = await yinxin('provider', 'check', at('good.yaml'), '--json')
    const report = JSON.parse(stdout)
    expect(report.groups[0].extractor).toMatchObject({
      name: 'builtin:water_usage',
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(report.groups[0].coverage).toMatchObject({ enterprises: 1 })
    expect(report.faults).toEqual([])
    expect(report.name).toBe('good.yaml')
    expect(stdout).not.toContain(folder)
    expect(stdout).not.toContain(CODE)
    expect(stdout).not.toContain('示例供水用户')
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('leaves no record behind at %s', async (signal) => {
    const temporary = at(`temporary-${signal}`)
    await mkdir(temporary)
    // Sources enough to be interrupted among them.
    const lasting = Array.from({ length: 40 }, () => '    - { class: water_usage, file: bills.csv }')
    await writeFile(at('long.yaml'), `data:\n  asOf: 2025-07-31\n  sources:\n${lasting.join('\n')}\n`)
    const child = spawn(process.execPath, [MAIN, 'provider', 'check', at('long.yaml')], {
      env: { ...process.env, TMPDIR: temporary },
      stdio: 'ignore',
    })
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
    while (child.exitCode === null && (await readdir(temporary)).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    child.kill(signal)
    expect(await ended).toBe(exitCodes.interrupted.code)
    expect(await readdir(temporary)).toEqual([])
  })

  it('refuses a section that contradicts itself before anything is read', async () => {
    await writeFile(
      at('odd.yaml'),
      'data:\n  asOf: 2025-02-30\n  sources:\n    - { class: water_usage, file: bills.csv }\n',
    )
    const { code, stderr } = await yinxin('provider', 'check', at('odd.yaml'))
    expect(code).toBe(30)
    expect(stderr).toContain('YX_FEATURES_DATA_SECTION_INVALID')
    await writeFile(at('none.yaml'), 'exclusions: []\ndata:\n  asOf: 2025-02-28\n')
    expect((await yinxin('provider', 'check', at('none.yaml'))).code).toBe(30)
  })
})

describe('yinxin provider init', { timeout: 60_000 }, () => {
  it('writes a configuration that the node accepts, with a remark a line, and never replaces one', async () => {
    const file = at('provider.yaml')
    const args = [
      'provider',
      'init',
      '--class',
      'water_usage',
      '--class',
      'gas_usage',
      '--name',
      'water',
      '--out',
      file,
    ]
    expect((await yinxin(...args)).code).toBe(0)
    const text = await readFile(file, 'utf8')
    expect(text).toContain('统一社会信用代码')
    // The legal basis of training is left to be filled in.
    expect(() => readConfig(providerConfig, file)).toThrow(/legalBasis/)
    await writeFile(file, text.replace('legalBasis: ""', 'legalBasis: "agreement of 2026, clause 4"'))
    const { config } = readConfig(providerConfig, file)
    expect(config.data?.sources.map((source) => source.class)).toEqual(['water_usage', 'gas_usage'])
    const again = await yinxin(...args)
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('YX_SERVER_FILE_EXISTS') })
    expect(await readFile(file, 'utf8')).toContain('clause 4')
  })

  it('knows the classes', async () => {
    const { code, stderr } = await yinxin('provider', 'init', '--class', 'heat', '--out', at('heat.yaml'))
    expect(code).toBe(30)
    expect(stderr).toContain('water_usage')
  })
})

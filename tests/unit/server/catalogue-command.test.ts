import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadCatalogue } from '../../../features/index.ts'

const root = join(import.meta.dirname, '../../..')
const base = mkdtempSync(join(tmpdir(), 'yinxin-catalogue-'))
const mine = join(base, 'my-classes')
afterAll(() => rmSync(base, { recursive: true, force: true }))

/** The class of the how-to page, so that what the page shows is what works. */
beforeAll(() => {
  const page = readFileSync(join(root, 'docs/how-to/add-a-data-class.md'), 'utf8')
  mkdirSync(mine)
  writeFileSync(join(mine, 'heating_usage.json'), /```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '')
})

async function yinxin(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const main = join(root, 'server/cli/main.ts')
  return promisify(execFile)(process.execPath, [main, 'catalogue', ...args]).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  )
}

test('a class is added by a file alone: checked, printed, hashed, exported and read again', async () => {
  const plain = await loadCatalogue()
  const { hash } = await loadCatalogue([mine])
  expect(hash).not.toBe(plain.hash)
  const check = await yinxin('--check', mine)
  expect(check).toMatchObject({ code: 0, stderr: '' })
  expect(check.stdout).toMatch(
    /^adds heating_usage, version 1: 6 fields, 2 rules, 供热费信息 \/ Heating bills\n/,
  )
  expect(check.stdout).toContain(hash)
  const one = await yinxin('heating_usage', '--from', mine)
  expect(one.stdout).toMatch(/^area_m2 +decimal\(14,2\) +m2 +G2 +feature +yes +供热面积 \/ Area heated$/m)
  expect(one.stdout).toMatch(/^uscc .*\[SHXYDM\]$/m)
  expect(one.stdout).toContain('heating_usage.season-two-years (season)\n')
  const file = join(base, 'catalogue.json')
  const all = await yinxin('--from', mine, '--export', file)
  expect(all.stdout).toMatch(
    /^heating_usage +1 +authorised +no +2027-03 +yearly +6 +2 +供热费信息 \/ Heating bills$/m,
  )
  const again = await yinxin('--from', file)
  expect(again).toEqual(all)
  expect(again.stdout).toContain(`hash ${hash}\n`)
  expect((await yinxin('--from', file, '--json')).stdout).toBe(readFileSync(file, 'utf8'))
})

test('columns are in line: Chinese stands at the ends of lines only', async () => {
  const { stdout } = await yinxin('admin_penalty')
  const rows = stdout.split('\n\n')[1].split('\n')
  const start = rows[0].indexOf('title')
  expect(rows.length).toBe(29)
  for (const row of rows) expect(row.slice(0, start)).toMatch(/^[ -~]+ {2}$/)
  expect(rows.slice(1).map((row) => row[start])).not.toContain(' ')
})

test('faults end with code 30 and tell every place; nothing goes to standard output', async () => {
  const bad = join(base, 'bad')
  mkdirSync(bad)
  const text = readFileSync(join(mine, 'heating_usage.json'), 'utf8')
  writeFileSync(join(bad, 'a.json'), text.replace('"G2"', '"G7"').replace('"yearly"', '"often"'))
  writeFileSync(join(bad, 'b.json'), text.replace('"season", "pattern"', '"winter", "pattern"'))
  const { code, stdout, stderr } = await yinxin('--check', bad)
  expect([code, stdout]).toEqual([30, ''])
  for (const part of [
    'bad/a.json, field "fields[0].grade"',
    'field "updateCycle"',
    'bad/b.json, field "rules[0].check.field"',
  ]) {
    expect(stderr).toContain(part)
  }
  expect(await yinxin('heating_usage')).toMatchObject({ code: 30, stdout: '' })
  expect(await yinxin('--check', mine, '--from', mine)).toMatchObject({ code: 2, stdout: '' })
})

test('the table of the reference page is the catalogue', async () => {
  const page = readFileSync(join(root, 'docs/reference/catalogue.md'), 'utf8')
  const rows = [...page.matchAll(/^\| `(\w+)` \| ([^,]+), .* \| (\d?) ?\| (.*) \| ([\w-]*) ?\| (.*) \|$/gm)]
  const { classes } = await loadCatalogue()
  expect(rows.map((row) => row.slice(1))).toEqual(
    [...classes.values()].map((klass) => [
      ...[klass.code, klass.title.zh, String(klass.annexRow ?? '')],
      ...[klass.public ? `${klass.sharing}, public` : klass.sharing, klass.due ?? ''],
      klass.key.map((name) => `\`${name}\``).join(', '),
    ]),
  )
  const example = /```json\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
  expect(classes.get('admin_penalty')?.rules).toContainEqual(JSON.parse(example))
})

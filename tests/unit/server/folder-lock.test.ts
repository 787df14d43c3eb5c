import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { lockFolder } from '../../../server/store/folder-lock.ts'

const base = mkdtempSync(join(tmpdir(), 'yinxin-lock-'))
afterAll(() => rmSync(base, { recursive: true, force: true }))
const folderOf = (name: string) => join(base, name)
const refused = (folder: string, holder: number) => {
  expect(() => lockFolder(folder)).toThrow(
    expect.objectContaining({
      code: 'YX_SERVER_STORE_LOCKED',
      message: expect.stringContaining(`process ${holder}.`),
    }),
  )
}

test('a folder is locked once, named holder, free again after release; nothing else stays behind', () => {
  const folder = folderOf('once')
  const release = lockFolder(folder)
  refused(folder, process.pid)
  expect(readdirSync(folder)).toEqual(['lock'])
  release()
  expect(readdirSync(folder)).toEqual([])
  lockFolder(folder)()
})

test('a lock of a living process that is not ours holds', async () => {
  const folder = folderOf('living')
  const release = lockFolder(folder)
  const mine = JSON.parse(readFileSync(join(folder, 'lock'), 'utf8'))
  release()
  const other = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1e3)'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  await once(other.stdout, 'data')
  const started = readFileSync(`/proc/${other.pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')[19]
  writeFileSync(join(folder, 'lock'), JSON.stringify({ ...mine, pid: other.pid, started }))
  refused(folder, other.pid!)
  const ended = once(other, 'exit')
  other.kill('SIGKILL')
  await ended
  lockFolder(folder)()
})

test.each([
  ['of another boot', { boot: 'another' }],
  ['of an earlier process with the same id', { started: '1' }],
  ['of a process that has ended', { pid: 2 ** 22 + 1 }],
])('a lock %s is taken over', (name, change) => {
  const folder = folderOf(name)
  const release = lockFolder(folder)
  const file = join(folder, 'lock')
  const mine = JSON.parse(readFileSync(file, 'utf8'))
  release()
  writeFileSync(file, JSON.stringify({ ...mine, ...change }))
  const again = lockFolder(folder)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(mine)
  again()
})

test('a lock file of half a line is taken over', () => {
  const folder = folderOf('half')
  lockFolder(folder)()
  writeFileSync(join(folder, 'lock'), '{"pid":1')
  lockFolder(folder)()
})

test('release leaves a lock that somebody else holds by now', () => {
  const folder = folderOf('else')
  const release = lockFolder(folder)
  writeFileSync(join(folder, 'lock'), '{"pid":1,"boot":"","started":""}')
  release()
  expect(readdirSync(folder)).toEqual(['lock'])
})

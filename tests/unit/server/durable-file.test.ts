/** Files that are replaced: by one writer at a time, by two, and by one that died over it. */
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { replaceFile, replaceFileSync } from '../../../server/state/durable-file.ts'
import { openState } from '../../../server/state/state-folder.ts'

const made: string[] = []
afterAll(() => Promise.all(made.map((folder) => rm(folder, { recursive: true }))))

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'yinxin-durable-'))
  made.push(folder)
})

it('have the whole content of one of two writers, and none of them fails', async () => {
  const file = join(folder, 'list.json')
  const contents = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(100_000))
  await Promise.all(contents.map((content) => replaceFile(file, content)))
  expect(contents).toContain(await readFile(file, 'utf8'))
  replaceFileSync(file, 'e')
  expect(await readFile(file, 'utf8')).toBe('e')
  expect(await readdir(folder)).toEqual(['list.json'])
})

it('are freed of what a process left that died while it wrote, not of what is being written', async () => {
  const runs = join(folder, 'state', 'runs')
  await mkdir(runs, { recursive: true })
  const [dead, other, fresh] = ['owner.json.0123456789abcdef.new', 'a.new', 'b.0123456789abcdef.new']
  for (const name of [dead, other, fresh]) await writeFile(join(runs, name), 'half')
  const old = new Date(Date.now() - 3_600_000)
  for (const name of [dead, other]) await utimes(join(runs, name), old, old)
  openState(folder, { state: 'state' }, { consortium: 'c', name: 'water' })
  expect((await readdir(runs)).sort()).toEqual([other, fresh])
})

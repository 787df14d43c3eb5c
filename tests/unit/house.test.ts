import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const cruise = async (...paths: string[]): Promise<{ code: number; text: string }> => {
  const run = promisify(execFile)
  const args = ['--config', '.dependency-cruiser.cjs', ...paths]
  return run(join(root, 'node_modules', '.bin', 'depcruise'), args, { cwd: root })
    .then(({ stdout }) => ({ code: 0, text: stdout }))
    .catch((fault: { code: number; stdout: string }) => ({ code: fault.code, text: fault.stdout }))
}

const made: string[] = []
afterAll(() => Promise.all(made.map((path) => rm(path, { recursive: true, force: true }))))

/** Puts a file with one forbidden import into a room for the time of a test. */
async function intruder(room: string, line: string): Promise<string> {
  const folder = await mkdtemp(join(root, room, 'zz-intruder-'))
  made.push(folder)
  await writeFile(join(folder, 'intruder.ts'), `${line}\n`)
  return `${room}/${folder.split('/').at(-1)}`
}

describe('the import rules of the house', () => {
  it('hold', async () => {
    const { code, text } = await cruise('engine', 'features', 'models', 'federation', 'server')
    expect(text).toContain('no dependency violations found')
    expect(code).toBe(0)
  }, 120_000)

  it.each([
    ['engine', "import '../../models/index.ts'", 'engine-knows-nothing-above'],
    ['models', "import '../../features/index.ts'", 'models-knows-nothing-beside'],
    ['federation', "import '../../server/errors.ts'", 'federation-knows-no-server'],
    ['server', "import '../../engine/index.ts'", 'server-never-imports-engine'],
    ['federation', "import '../../engine/field.ts'", 'enter-engine-by-its-index'],
    ['federation', "import 'node-seal'", 'node-seal-only-in'],
    ['models', "import 'fastify'", 'only-in-server'],
  ])(
    'refuse in %s: %s',
    async (room, line, rule) => {
      const { code, text } = await cruise(await intruder(room, line))
      expect(code).not.toBe(0)
      expect(text).toContain(rule)
    },
    120_000,
  )
})

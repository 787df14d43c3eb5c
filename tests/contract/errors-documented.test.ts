import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const tables = [
  ['engine', 'engine/index.ts', 'engineErrors'],
  ['features', 'features/index.ts', 'featuresErrors'],
  ['models', 'models/index.ts', 'modelsErrors'],
  ['federation', 'federation/index.ts', 'federationErrors'],
  ['server', 'server/errors.ts', 'serverErrors'],
] as const

type ErrorClass = new (...args: unknown[]) => Error & { code: string; statusCode: number }

describe.each(tables)('errors of %s/', (room, module, table) => {
  test.skipIf(!existsSync(join(root, module)))(
    'table and page agree both ways, paragraph by paragraph',
    async () => {
      const errors: Record<string, ErrorClass> = (await import(join(root, module)))[table]
      const made = Object.values(errors).map((Fault) => new Fault())
      const codes = made.map(({ code }) => code)
      expect(codes.length).toBeGreaterThan(0)
      expect(new Set(codes).size).toBe(codes.length)
      for (const { code, statusCode, message } of made) {
        expect(code).toMatch(new RegExp(`^YX_${room.toUpperCase()}_[A-Z0-9_]+$`))
        expect(statusCode >= 400 && statusCode < 600).toBe(true)
        // One that only passes on another party's message carries that party's mend.
        expect(message).toMatch(/Mend:|%s$/)
      }
      const sections = readFileSync(join(root, `docs/reference/errors/${room}.md`), 'utf8')
        .split(/^## /m)
        .slice(1)
      expect(sections.map((section) => section.split('\n')[0].trim()).sort()).toEqual([...codes].sort())
      for (const section of sections) {
        expect(section).toMatch(/What happened/)
        expect(section).toMatch(/How to mend/)
      }
    },
  )
})

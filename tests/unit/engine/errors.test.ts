import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { engineErrors } from '../../../engine/index.ts'

test('the reference explains every error, what happened and how to mend it, and no other', () => {
  const page = readFileSync(new URL('../../../docs/reference/errors/engine.md', import.meta.url), 'utf8')
  const sections = page.split(/^## /m).slice(1)
  const codes = Object.values(engineErrors).map((Fault) => new Fault().code)
  expect(sections.map((section) => section.split('\n', 1)[0])).toEqual(codes)
  for (const section of sections) {
    expect(section).toMatch(/\*\*What happened\.\*\* \S/)
    expect(section).toMatch(/\*\*How to mend\.\*\* \S/)
  }
})

test('every message says how to mend it', () => {
  for (const Fault of Object.values(engineErrors))
    expect(new Fault('a', 'b', 'c').message).toMatch(/Mend: \S/)
})

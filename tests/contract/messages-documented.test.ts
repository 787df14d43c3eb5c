/** docs/reference/messages.md and the message schema name the same messages, and plausible parties for each. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { schemas } from '../../federation/messages/schema.ts'

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'reference', 'messages.md')
const PARTY = '(P|H|providers?|bank|(every|any) party)'
const ROUTE = new RegExp(`^${PARTY} → ${PARTY}(, ${PARTY} → ${PARTY})*$`)

const rows = readFileSync(PAGE, 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )
const documented = rows.map(([name]) => name.replaceAll('`', ''))

describe('the page of messages', () => {
  it('documents every message of the schema', () => {
    expect(Object.keys(schemas).filter((type) => !documented.includes(type))).toEqual([])
  })

  it('documents no message that does not exist, and each once', () => {
    expect(documented.filter((type) => !(type in schemas))).toEqual([])
    expect(new Set(documented).size).toBe(documented.length)
  })

  it('says for each who sends it to whom, what it carries and what the receiver learns', () => {
    for (const [name, route, ...texts] of rows) {
      expect(route, name).toMatch(ROUTE)
      expect(texts, name).toHaveLength(2)
      for (const text of texts) expect(text.length, name).toBeGreaterThan(5)
    }
  })
})

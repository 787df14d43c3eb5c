/** The lessons of examples/ run, and what they print is true. */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { T } from '../../engine/index.ts'

const FOLDER = join(import.meta.dirname, '..', '..', 'examples')
const lessons = readdirSync(FOLDER).filter((file) => file.endsWith('.ts'))

async function run(lesson: string): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [join(FOLDER, lesson)])
  expect(stderr).toBe('')
  return stdout
}

/** The numbers that stand after a caption, in the line that has it. */
function numbersAfter(text: string, caption: string): number[] {
  const line = text.split('\n').find((candidate) => candidate.includes(caption))
  if (line === undefined) throw new Error(`no line with "${caption}"`)
  return [...line.slice(line.indexOf(caption) + caption.length).matchAll(/-?\d+(\.\d+)?/g)].map(([match]) =>
    Number(match),
  )
}

const sumModT = (vectors: number[][]): number[] =>
  vectors[0].map((_, at) => Number(vectors.reduce((sum, vector) => sum + BigInt(vector[at]), 0n) % BigInt(T)))

describe('the lessons', () => {
  it('are short, numbered from 1 and enter rooms by their index only', () => {
    expect(lessons.map((file) => Number(file.split('_')[0])).sort()).toEqual(lessons.map((_, at) => at + 1))
    for (const file of lessons) {
      const text = readFileSync(join(FOLDER, file), 'utf8')
      expect(text.split('\n').length, file).toBeLessThanOrEqual(100)
      const imported = [...text.matchAll(/from '(\.\.\/[^']+)'/g)].map(([, path]) => path)
      expect(imported.length, file).toBeGreaterThan(0)
      for (const path of imported)
        expect(path).toMatch(/^\.\.\/(engine|features|models|federation)\/index\.ts$/)
    }
  })

  it('1: what departments send adds up to the share of P, and P and H to the sums', async () => {
    const text = await run('1_shares_and_masks.ts')
    const sent = text.split('\n').filter((line) => line.includes(' and sends '))
    const masked = sent.map((line) => numbersAfter(line, ' and sends '))
    const held = sent.map((line) => numbersAfter(line.split(' and sends ')[0], ' holds '))
    const platform = numbersAfter(text, "P's share")
    expect(masked).toHaveLength(3)
    expect(sumModT(masked)).toEqual(platform)
    const sums = held[0].map((_, firm) => held.reduce((sum, values) => sum + values[firm], 0))
    expect(numbersAfter(text, 'P + H mod t = ').slice(0, 4)).toEqual(sums)
    expect(sumModT([platform, numbersAfter(text, "H's share")])).toEqual(sums)
  })

  it('2: the department gets the inner products exactly, the server sees something else', async () => {
    const text = await run('2_encrypted_inner_product.ts')
    const got = numbersAfter(text, 'The department gets')
    expect(got).toHaveLength(3)
    expect(got).toEqual(numbersAfter(text, 'In the clear, mod t'))
    const seen = numbersAfter(text, 'The server sees')
    for (const [bin, value] of got.entries()) expect(seen[bin]).not.toBe(value)
    expect(text).toContain('Equal in every digit:  true')
  })

  it('3: three departments together rank better than each of them alone', async () => {
    const text = await run('3_three_departments_train.ts')
    const [joint] = numbersAfter(text, 'joint model')
    for (const name of ['water', 'gas  ', 'tax  ']) {
      const [alone] = numbersAfter(text, `${name} alone`)
      expect(alone).toBeGreaterThan(0.55)
      expect(joint).toBeGreaterThan(alone)
    }
    expect(numbersAfter(text, 'epsilon ')[0]).toBeGreaterThan(0)
    for (const name of ['water', 'gas', 'tax']) expect(text).toContain(`${name} keeps its own part`)
    expect(text).toContain('do not collude')
  })

  it('4: the totals of a million firms are the sums of their parts, and what is sent is not', async () => {
    const text = await run('4_score_a_city_by_masks.ts')
    expect(text).toContain('All 1000000 totals are the sums of the parts: true')
    // Firm 1 has department + 3 - 2000 hundredths from each of five departments.
    expect(numbersAfter(text, 'in points: ').slice(0, 2)).toEqual([-100, (5 * 3 + 10 - 10_000) / 100])
    const sent = numbersAfter(text, 'water            sends ')
    expect(sent[0]).toBeGreaterThan(0)
    expect(sent.slice(0, 2)).not.toEqual([-2000 + 2 ** 32, -1997 + 2 ** 32])
  })
})

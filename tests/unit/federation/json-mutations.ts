/** Structure-aware changes to JSON texts and to length fields, for the parsers of messages. */
import fc from 'fast-check'

/** Stands in every string that a mutation brings in; no error may repeat it. */
export const CANARY = 'CANARY'

type Tree =
  | { kind: 'object'; entries: [key: string, value: Tree][] }
  | { kind: 'array'; items: Tree[] }
  | { kind: 'raw'; text: string }

const raw = (text: string): Tree => ({ kind: 'raw', text })

function treeOf(value: unknown): Tree {
  if (Array.isArray(value)) return { kind: 'array', items: value.map(treeOf) }
  if (typeof value !== 'object' || value === null) return raw(JSON.stringify(value))
  const entries = Object.entries(value).map(([key, part]): [string, Tree] => [
    JSON.stringify(key),
    treeOf(part),
  ])
  return { kind: 'object', entries }
}

function print(tree: Tree): string {
  if (tree.kind === 'raw') return tree.text
  if (tree.kind === 'array') return `[${tree.items.map(print).join(',')}]`
  return `{${tree.entries.map(([key, value]) => `${key}:${print(value)}`).join(',')}}`
}

const quoted = (text: string) => `"${text}"`
const VALUES = [
  ...['null', 'true', 'false', '0', '1', '2', '-1', '0.5', '-0', '-0.0', '1e3', '1.0', '01', '+1', '0x10'],
  ...['1e400', '-1e400', '1e-400', '1e308', '9007199254740993', '4294967296', '2147483648', '-2147483649'],
  ...['NaN', 'Infinity', 'undefined', '', '"', '\u0000', '[', '}'],
  ...['[]', '{}', '[[]]', '[null]', `[${quoted(CANARY)}]`, '{"length":4294967295}', '{"byteLength":3}'],
  ...['[', '{"a":'].map((open) => `${open.repeat(8000)}1${(open === '[' ? ']' : '}').repeat(8000)}`),
  ...['', 'a', CANARY, `${CANARY}${'x'.repeat(5000)}`, `a${'\u0301'.repeat(400)}`, '\ud83d\ude00'].map(
    quoted,
  ),
  ...['\\ud800', '\\udc00\\ud800', '\\u0061', '\\u0000', '\\/', '\ud800', '\\x41'].map((part) =>
    quoted(CANARY + part),
  ),
  ...[0, 1, 2, 63, 64, -1, 0.5, 1e9, 4294967296].map((index) => `{"$bytes":${index}}`),
  ...['{"$bytes":-0}', '{"$bytes":1e0}', '{"$bytes":"0"}', '{"$bytes":0,"x":1}', '{"$bytes":0,"$bytes":1}'],
  ...['{"$bytes":{"$bytes":0}}', '{"$bytes":null}', '{"$bytes":1e400}'],
  ...['{"__proto__":{"polluted":1}}', '{"__proto__":null}', '{"constructor":{"prototype":{"polluted":1}}}'],
  ...['{"toJSON":1}', '{"then":1}', quoted('f'.repeat(64)), quoted('platform'), quoted('water')],
]
const KEYS = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'toJSON', 'length', '$bytes', '0', ''],
  ...[CANARY, `${CANARY}/~1`, '\\u005f_proto__', 'group', 'from', 'version'],
].map(quoted)

/** One change of a JSON text; places are taken modulo how many there are. */
const change = fc.record({
  op: fc.constantFrom(
    'replace',
    'replace',
    'replace',
    'key',
    'add',
    'twice',
    'drop',
    'wrap',
    'swap',
    'space',
  ),
  at: fc.nat(),
  value: fc.nat(),
  key: fc.nat(),
})
type Change = typeof change extends fc.Arbitrary<infer C> ? C : never

export const jsonChanges = fc.array(change, { maxLength: 3 })

/** Every node below a tree with the way to put another in its place. */
function places(tree: Tree, put: (other: Tree) => void): { node: Tree; put: (other: Tree) => void }[] {
  const here = { node: tree, put }
  if (tree.kind === 'object') {
    return [
      here,
      ...tree.entries.flatMap((entry) =>
        places(entry[1], (other) => {
          entry[1] = other
        }),
      ),
    ]
  }
  if (tree.kind === 'array') {
    return [
      here,
      ...tree.items.flatMap((item, index) =>
        places(item, (other) => {
          tree.items[index] = other
        }),
      ),
    ]
  }
  return [here]
}

/** The text of a value after some changes. */
export function changedJson(value: unknown, changes: readonly Change[]): string {
  let tree = treeOf(value)
  for (const { op, at, value: choice, key } of changes) {
    const all = places(tree, (other) => {
      tree = other
    })
    const { node, put } = all[at % all.length]
    const text = VALUES[choice % VALUES.length]
    const name = KEYS[key % KEYS.length]
    const entries = node.kind === 'object' ? node.entries : undefined
    const entry = entries?.[key % Math.max(1, entries.length)]
    if (op === 'replace') put(raw(text))
    else if (op === 'wrap')
      put(key % 2 === 0 ? { kind: 'array', items: [node] } : { kind: 'object', entries: [[name, node]] })
    else if (op === 'space') put(raw(` ${print(node)}\n`))
    else if (op === 'add' && node.kind === 'array') node.items.push(raw(text))
    else if (op === 'drop' && node.kind === 'array') node.items.pop()
    else if (op === 'add') entries?.push([name, raw(text)])
    else if (entries && entry) {
      if (op === 'key') entry[0] = name
      if (op === 'twice') entries.push([entry[0], choice % 2 === 0 ? entry[1] : raw(text)])
      if (op === 'drop') entries.splice(entries.indexOf(entry), 1)
      if (op === 'swap') entries.reverse()
    }
  }
  return print(tree)
}

const u32 = fc.oneof(
  fc.constantFrom(0, 1, 2, 4, 63, 64, 65, 4095, 4097, 4194304, 4194305, 2 ** 31, 2 ** 32 - 4, 2 ** 32 - 1),
  fc.nat(2 ** 32 - 1),
  fc.nat(300),
)
/** One change of bytes: a length field, the end, or any byte. */
const byteChange = fc.oneof(
  fc.record({ op: fc.constant('length' as const), at: fc.nat(), value: u32 }),
  fc.record({ op: fc.constant('nudge' as const), at: fc.nat(), value: fc.integer({ min: -9, max: 9 }) }),
  fc.record({ op: fc.constant('end' as const), at: fc.nat(), value: fc.integer({ min: -120, max: 120 }) }),
  fc.record({ op: fc.constant('byte' as const), at: fc.nat(), value: fc.nat(255) }),
)
type ByteChange = typeof byteChange extends fc.Arbitrary<infer C> ? C : never

export const byteChanges = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  { weight: 2, arbitrary: fc.array(byteChange, { minLength: 1, maxLength: 2 }) },
)

/** @param fields where the 32-bit length fields stand */
export function changedBytes(
  good: Uint8Array,
  changes: readonly ByteChange[],
  fields: readonly number[],
): Uint8Array {
  let bytes = Uint8Array.from(good)
  for (const { op, at, value } of changes) {
    if (op === 'end') {
      const other = new Uint8Array(Math.max(0, bytes.length + value)).fill(7)
      other.set(bytes.subarray(0, other.length))
      bytes = other
    } else if (op === 'byte') {
      if (bytes.length > 0) bytes[at % bytes.length] ^= value
    } else {
      const field = fields[at % fields.length]
      if (field === undefined || field + 4 > bytes.length) continue
      const view = new DataView(bytes.buffer)
      view.setUint32(field, op === 'length' ? value : view.getUint32(field, true) + value, true)
    }
  }
  return bytes
}

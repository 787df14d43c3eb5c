import { type ClassFault, hasShape, type ShapedClass, shapeFaults } from './class-schema.ts'
import { conditionFaults } from './condition-faults.ts'

type Field = ShapedClass['fields'][number]

/** Every fault of one class file; parts are compared with each other once each has its shape. */
export function classFaults(value: unknown): ClassFault[] {
  if (!hasShape(value)) return shapeFaults(value)
  return [
    ...value.fields.flatMap((field, index) => fieldFaults(field, `fields[${index}]`, value.public)),
    ...repeatedNames(value.fields),
    ...keyFaults(value),
    ...ruleFaults(value),
  ]
}

const LISTED = ['enum', 'set']
const MEASURED = ['name', 'text']

function fieldFaults(field: Field, path: string, isPublic: boolean): ClassFault[] {
  const faults: ClassFault[] = []
  const refuse = (broken: boolean, part: string, problem: string) => {
    if (broken) faults.push({ path: `${path}.${part}`, problem })
  }
  const decimal = field.type === 'decimal'
  const listed = LISTED.includes(field.type)
  refuse(decimal && field.precision === undefined, 'precision', 'a decimal has one')
  refuse(decimal && field.scale === undefined, 'scale', 'a decimal has one')
  refuse(!decimal && field.precision !== undefined, 'precision', 'only a decimal has one')
  refuse(!decimal && field.scale !== undefined, 'scale', 'only a decimal has one')
  refuse((field.scale ?? 0) > (field.precision ?? 38), 'scale', 'it is above the precision')
  refuse(listed && field.values === undefined, 'values', 'an enum or set lists its values')
  refuse(!listed && field.values !== undefined, 'values', 'only an enum or set has them')
  refuse(!listed && field.otherText === true, 'otherText', 'only an enum or set has it')
  refuse(
    field.maxLength !== undefined && !MEASURED.includes(field.type),
    'maxLength',
    'only a name or text has it',
  )
  refuse(field.grade === 'G3' && field.modelUse !== 'never', 'modelUse', 'of grade G3 it is "never"')
  refuse(isPublic && field.grade === 'G2', 'grade', 'a public class has fields of G1 and G3 only')
  refuse(
    field.derived === true && field.required,
    'required',
    'a derived field is computed, never asked of a source',
  )
  const texts = new Set<string>()
  field.values?.forEach(({ value, also = [] }, index) => {
    for (const text of [value, ...also]) {
      refuse(texts.has(text), `values[${index}]`, 'a text stands for two values, or twice for one')
      refuse(field.type === 'set' && text.includes(';'), `values[${index}]`, 'parts of a set have no ";"')
      texts.add(text)
    }
  })
  return faults
}

/** A source's column is found by name, title or code in any case of letters, so none may stand for two fields. */
function repeatedNames(fields: readonly Field[]): ClassFault[] {
  const owners = new Map<string, number>()
  return fields.flatMap((field, index) => {
    const { name, title, codes = [] } = field
    const parts = [
      { part: 'name', text: name },
      { part: 'title.zh', text: title.zh },
      { part: 'title.en', text: title.en },
      ...codes.map((text, position) => ({ part: `codes[${position}]`, text })),
    ]
    return parts.flatMap(({ part, text }) => {
      const key = text.toLowerCase()
      const owner = owners.get(key)
      owners.set(key, owner ?? index)
      // A field may well be titled by its own name or code.
      const again =
        owner !== undefined && (owner !== index || codes.filter((code) => code === text).length > 1)
      return again ? [{ path: `fields[${index}].${part}`, problem: `fields[${owner}] has it already` }] : []
    })
  })
}

function keyFaults({ fields, key, lateAfter }: ShapedClass): ClassFault[] {
  const stored = new Map(fields.filter(({ derived }) => !derived).map((field) => [field.name, field]))
  const faults: ClassFault[] = key.flatMap((name, index) => {
    const path = `key[${index}]`
    if (!stored.has(name)) return [{ path, problem: 'the class has no such field, or it is derived' }]
    if (key.indexOf(name) < index) return [{ path, problem: 'it stands there twice' }]
    return stored.get(name)?.required ? [] : [{ path, problem: 'a field of the key is required' }]
  })
  if (lateAfter !== undefined && stored.get(lateAfter.field)?.type !== 'date') {
    faults.push({ path: 'lateAfter.field', problem: 'the class has no such date field, or it is derived' })
  }
  return faults
}

function ruleFaults({ code, fields, rules }: ShapedClass): ClassFault[] {
  const stored = new Map(fields.filter(({ derived }) => !derived).map((field) => [field.name, field]))
  const ids = new Set<string>()
  return rules.flatMap((rule, index) => {
    const path = `rules[${index}]`
    const faults: ClassFault[] = []
    const [prefix, name = ''] = rule.id.split('.', 2)
    if (prefix !== code || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) || rule.id.split('.').length > 2) {
      faults.push({ path: `${path}.id`, problem: `it is not "${code}." and words joined by "-"` })
    }
    if (ids.has(rule.id)) faults.push({ path: `${path}.id`, problem: 'another rule has it already' })
    ids.add(rule.id)
    if (!stored.has(rule.field)) {
      faults.push({ path: `${path}.field`, problem: 'the class has no such field, or it is derived' })
    }
    const when = rule.when === undefined ? [] : conditionFaults(rule.when, `${path}.when`, stored)
    return [...faults, ...when, ...conditionFaults(rule.check, `${path}.check`, stored)]
  })
}

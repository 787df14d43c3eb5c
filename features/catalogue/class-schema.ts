import Type, { type Static, type TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import type { FieldType } from './class-types.ts'

const object = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false })
const Text = Type.String({ minLength: 1, pattern: '^\\P{Cc}+$' })
const Name = Type.String({ pattern: '^[a-z][a-z0-9_]*$' })
const Words = object({ zh: Text, en: Text })

const FIELD_TYPES = [
  'uscc',
  'name',
  'text',
  'enum',
  'set',
  'resident_id',
  'region',
  'industry',
  'date',
  'month',
  'decimal',
  'integer',
  'boolean',
] as const satisfies readonly FieldType[]

const Field = object({
  name: Name,
  title: Words,
  type: Type.Enum([...FIELD_TYPES]),
  precision: Type.Optional(Type.Integer({ minimum: 1, maximum: 38 })),
  scale: Type.Optional(Type.Integer({ minimum: 0, maximum: 38 })),
  maxLength: Type.Optional(Type.Integer({ minimum: 1 })),
  unit: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_/%]+$' })),
  values: Type.Optional(
    Type.Array(object({ value: Text, also: Type.Optional(Type.Array(Text)) }), { minItems: 1 }),
  ),
  otherText: Type.Optional(Type.Boolean()),
  required: Type.Boolean(),
  grade: Type.Enum(['G1', 'G2', 'G3']),
  modelUse: Type.Enum(['key', 'feature', 'description', 'never']),
  codes: Type.Optional(Type.Array(Text, { minItems: 1 })),
  annex: Type.Optional(Text),
  derived: Type.Optional(Type.Boolean()),
})

/** Conditions refer to fields and nest, so `conditionFaults` reads them; here they are anything. */
const ClassFile = object({
  code: Name,
  version: Type.Integer({ minimum: 1 }),
  title: Words,
  annexRow: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()]),
  sharing: Type.Enum(['collected', 'authorised', 'own']),
  public: Type.Boolean(),
  responsibleUnit: Words,
  due: Type.Union([Type.String({ pattern: '^(shared|\\d{4}-(0[1-9]|1[0-2]))$' }), Type.Null()]),
  updateCycle: Type.Enum(['daily', 'monthly', 'quarterly', 'yearly']),
  fields: Type.Array(Field, { minItems: 1 }),
  key: Type.Array(Name, { minItems: 1 }),
  lateAfter: Type.Optional(object({ field: Name, workingDays: Type.Integer({ minimum: 0 }) })),
  rules: Type.Array(
    object({
      id: Text,
      severity: Type.Enum(['refuse', 'warn']),
      field: Name,
      when: Type.Optional(Type.Unknown()),
      check: Type.Unknown(),
      reason: Words,
    }),
  ),
})

/** A class file whose shape is right; whether its parts fit together is another question. */
export type ShapedClass = Static<typeof ClassFile>

/** One fault of a class file: the way to the field, and what is wrong there. */
export interface ClassFault {
  readonly path: string
  readonly problem: string
}

const check = Compile(ClassFile)

export function hasShape(value: unknown): value is ShapedClass {
  return check.Check(value)
}

/** Every fault of shape: fields that are missing, unknown or of the wrong kind. */
export function shapeFaults(value: unknown): ClassFault[] {
  return check
    .Errors(value)
    .flatMap(({ keyword, schemaPath, instancePath, params, message }): ClassFault[] => {
      const path = wayTo(instancePath)
      const below = (name: string) => (path === '' ? name : `${path}.${name}`)
      // A choice is reported as a whole, and a field that is too much by the object that has it.
      if (schemaPath.includes('/anyOf/') || keyword === 'boolean') return []
      if (keyword === 'required') {
        const { requiredProperties } = params as { requiredProperties: string[] }
        return requiredProperties.map((name) => ({ path: below(name), problem: 'it is missing' }))
      }
      if (keyword === 'additionalProperties') {
        const { additionalProperties } = params as { additionalProperties: string[] }
        return additionalProperties.map((name) => ({ path: below(name), problem: 'no such field is known' }))
      }
      if (keyword === 'enum') {
        const { allowedValues } = params as { allowedValues: unknown[] }
        return [{ path, problem: `it is not one of ${allowedValues.join(', ')}` }]
      }
      if (keyword === 'anyOf') {
        return [
          {
            path,
            problem: path === 'due' ? 'it is not "shared", YYYY-MM or null' : 'it is not a row or null',
          },
        ]
      }
      return [{ path, problem: message }]
    })
}

/** `/fields/3/name` as `fields[3].name`. */
function wayTo(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce(
      (way, part) => (/^\d+$/.test(part) ? `${way}[${part}]` : way === '' ? part : `${way}.${part}`),
      '',
    )
}

/**
 * The `data` section of a provider's configuration: which sources hold which classes of records, and which features are made
 * of them. Paths are relative to the folder of the configuration.
 */
import Type, { type Static, type TSchema } from 'typebox'

const Path = Type.String({ minLength: 1 })
const Day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' })
const Name = Type.String({ pattern: '^[a-z][a-z0-9_]*$' })
const object = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false })

/** One source: a file, or a table or query of a database. Several sources of one class are put together. */
export const sourceSection = object({
  class: Name,
  file: Type.Optional(Path),
  encoding: Type.Optional(Type.Union([Type.Literal('utf-8'), Type.Literal('gb18030')])),
  delimiter: Type.Optional(
    Type.Union([Type.Literal(','), Type.Literal('\t'), Type.Literal(';'), Type.Literal('|')]),
  ),
  database: Type.Optional(Type.Union([Type.Literal('postgresql'), Type.Literal('mysql')])),
  url: Type.Optional(Path),
  passwordFile: Type.Optional(Path),
  table: Type.Optional(Path),
  query: Type.Optional(Path),
  /** Canonical field name to the source's column name, where neither name, title nor national code says it. */
  columns: Type.Optional(Type.Record(Type.String(), Type.String())),
  /** Fields whose cells are serial day numbers of a spreadsheet. */
  excelDates: Type.Optional(Type.Array(Name)),
  /** A text file with reviewed credit codes, one a line, that break a check rule and are real. */
  exceptions: Type.Optional(Path),
  /** The day on which this batch arrived; without it, the day of the run. */
  receivedOn: Type.Optional(Day),
})

const Features = Type.Array(Path, { minItems: 1 })
const Card = Type.Object({ name: Name }, { additionalProperties: true })

/** Features: a built-in set, SQL of one's own, an ONNX model. */
export const featureSection = object({
  builtin: Type.Optional(Name),
  /** Of a built-in set: these features only. */
  only: Type.Optional(Type.Array(Name, { minItems: 1 })),
  sql: Type.Optional(Path),
  cards: Type.Optional(Path),
  /** Of SQL: the class of its records. Of a model: the class whose built-in features it is fed with. */
  class: Type.Optional(Name),
  onnx: Type.Optional(Path),
  /** Folder of a small network that `provider train-extractor` trained. */
  neural: Type.Optional(Path),
  /** Name of the columns' group, such as `water_model`; SQL and ONNX need one. */
  party: Type.Optional(Name),
  /** Of an ONNX model. */
  inputs: Type.Optional(Type.Union([Features, Type.Record(Type.String(), Type.Union([Path, Features]))])),
  missing: Type.Optional(Type.Union([Type.Number(), Type.Literal('NaN')])),
  outputs: Type.Optional(
    Type.Array(object({ name: Path, index: Type.Optional(Type.Integer({ minimum: 0 })), card: Card })),
  ),
})

export const dataSection = object({
  /** The day that the features describe; no record after it is looked at. */
  asOf: Day,
  /** Folders with class files of one's own, beside the built-in catalogue. */
  catalogue: Type.Optional(Type.Array(Path)),
  sources: Type.Array(sourceSection, { minItems: 1 }),
  features: Type.Optional(Type.Array(featureSection, { minItems: 1 })),
  /** Folder for lists of records in quarantine. */
  quarantine: Type.Optional(Path),
  memoryMb: Type.Optional(Type.Integer({ minimum: 256 })),
  threads: Type.Optional(Type.Integer({ minimum: 1, maximum: 64 })),
})

export type SourceSection = Static<typeof sourceSection>
export type FeatureSection = Static<typeof featureSection>
export type DataSection = Static<typeof dataSection>

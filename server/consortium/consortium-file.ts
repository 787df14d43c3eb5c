/** `consortium.json` in a node's folder: what it pinned of its consortium when it was enrolled. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import { type PinnedRoot, SUITE_NAMES } from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'

export const CONSORTIUM_FILE = 'consortium.json'

export interface ConsortiumFile extends PinnedRoot {
  /** Hex sha256 of the certificate of the transport authority; none where everything stays on one machine. */
  readonly authority?: string
  /** Address of the platform. */
  readonly platform?: string
}

const check = Compile(
  Type.Object(
    {
      consortium: Type.String({ minLength: 1, maxLength: 128 }),
      suite: Type.Union(SUITE_NAMES.map((name) => Type.Literal(name))),
      rootKey: Type.String({ pattern: '^([0-9a-f]{2}){32,65}$' }),
      authority: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$' })),
      platform: Type.Optional(Type.String({ pattern: '^https?://' })),
    },
    { additionalProperties: false },
  ),
)

/** @throws NodeFileUnreadable */
export function readConsortium(folder: string): ConsortiumFile {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(join(folder, CONSORTIUM_FILE), 'utf8'))
  } catch {
    throw new serverErrors.NodeFileUnreadable(CONSORTIUM_FILE)
  }
  if (!check.Check(value)) throw new serverErrors.NodeFileUnreadable(CONSORTIUM_FILE)
  return value as ConsortiumFile
}

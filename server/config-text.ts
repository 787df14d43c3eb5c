/** The text of a configuration file as data: JSON, or YAML 1.2 where the file's name ends in .yaml or .yml. */
import { isAlias, isNode, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml'
import { jsonFault } from '../features/index.ts'

/** What a configuration file says, and where each part of it stands. */
export interface ConfigText {
  readonly value: unknown
  /** Line and column of a JSON pointer, for messages; empty where the format does not tell. */
  place(pointer: string): string
}

/** Why a text is no configuration, in words that repeat nothing of it: it may hold a password. */
export class ConfigTextFault extends Error {}

/** Longest text in characters; a configuration is written by hand. */
const MOST_CHARACTERS = 1_000_000

/** Words for the YAML parser's faults; its own messages quote the text. */
const YAML_FAULTS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'the same key stands twice in one mapping',
  TAB_AS_INDENT: 'a tab as indentation; use spaces',
  BAD_INDENT: 'wrong indentation, or a bracket that is never closed',
  MISSING_CHAR: 'a quote, bracket, comma or colon is missing',
  BAD_DQ_ESCAPE: 'an escape that does not exist, within double quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a second colon; put the text in quotes',
  RESOURCE_EXHAUSTION: 'nested too deeply',
  MULTIPLE_DOCS: 'a second document begins; a file is one document',
}

/**
 * Reads JSON (any name) or YAML 1.2 of the core schema (names ending in .yaml or .yml).
 * YAML is held to what JSON can say, and comments: no anchors, aliases and tags, which let a short text become an endless one or
 * something else than it looks; no key that is not a text, no key twice, no infinite number.
 *
 * @throws ConfigTextFault
 */
export function parseConfigText(name: string, text: string): ConfigText {
  if (text.length > MOST_CHARACTERS) throw new ConfigTextFault(`longer than ${MOST_CHARACTERS} characters`)
  if (/\.ya?ml$/i.test(name)) return parseYaml(text)
  try {
    return { value: JSON.parse(text), place: () => '' }
  } catch {
    const { line, column } = jsonFault(text)
    throw new ConfigTextFault(
      `line ${line}, column ${column}: it is not JSON (the name of a YAML file ends in .yaml or .yml)`,
    )
  }
}

function parseYaml(text: string): ConfigText {
  const lines = new LineCounter()
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `line ${line}, column ${col}`
  }
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    strict: true,
    uniqueKeys: true,
    prettyErrors: false,
    logLevel: 'error',
    lineCounter: lines,
  })
  const fault = [...document.errors, ...document.warnings][0]
  if (fault !== undefined) {
    throw new ConfigTextFault(`${at(fault.pos[0])}: ${YAML_FAULTS[fault.code] ?? 'it is not YAML 1.2'}`)
  }
  visit(document, {
    Node(_, node) {
      const reason = nodeFault(node)
      if (reason !== null) throw new ConfigTextFault(`${at(node.range?.[0] ?? 0)}: ${reason}`)
    },
    Pair(_, { key }) {
      if (isScalar(key) && typeof key.value === 'string') return
      const place = isNode(key) ? at(key.range?.[0] ?? 0) : at(0)
      throw new ConfigTextFault(`${place}: a key that is not a text; put it in quotes`)
    },
  })
  return {
    value: document.toJS(),
    place(pointer) {
      const path = pointer.split('/').slice(1).map(unescapePointer)
      const node = document.getIn(path, true)
      return isNode(node) && node.range ? at(node.range[0]) : ''
    },
  }
}

function nodeFault(node: Node): string | null {
  if (isAlias(node) || ('anchor' in node && node.anchor !== undefined)) {
    return 'an anchor or alias; write the text out at each place'
  }
  if (node.tag !== undefined) return 'a tag; write the value without it'
  if (isScalar(node) && typeof node.value === 'number' && !Number.isFinite(node.value)) {
    return 'a number that is not finite'
  }
  return null
}

function unescapePointer(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~')
}

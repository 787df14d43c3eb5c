import type { ColumnType } from './columns.ts'
import { featuresErrors } from './errors.ts'

/** One value of a manifest together with the way to it, so that each refusal names the field. */
export class ManifestField {
  readonly #file: string
  readonly #path: string
  readonly #value: unknown

  constructor(file: string, path: string, value: unknown) {
    this.#file = file
    this.#path = path
    this.#value = value
  }

  /** @throws YX_FEATURES_MANIFEST_INVALID, always */
  refuse(rule: string): never {
    throw new featuresErrors.ManifestInvalid(
      this.#file,
      this.#path === '' ? '(whole file)' : this.#path,
      rule,
    )
  }

  object(): Record<string, unknown> {
    const value = this.#value
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return this.refuse('an object {...}')
    return value as Record<string, unknown>
  }

  child(name: string): ManifestField {
    return new ManifestField(
      this.#file,
      this.#path === '' ? name : `${this.#path}.${name}`,
      this.object()[name],
    )
  }

  optional(name: string): ManifestField | undefined {
    return this.object()[name] === undefined ? undefined : this.child(name)
  }

  list(): ManifestField[] {
    if (!Array.isArray(this.#value)) return this.refuse('a list [...]')
    return this.#value.map((value, index) => new ManifestField(this.#file, `${this.#path}[${index}]`, value))
  }

  text(): string {
    return typeof this.#value === 'string' && this.#value !== ''
      ? this.#value
      : this.refuse('a text that is not empty')
  }

  flag(): boolean {
    return typeof this.#value === 'boolean' ? this.#value : this.refuse('true or false')
  }

  numberOrText(): number | string {
    return typeof this.#value === 'number' ? this.#value : this.text()
  }

  oneOf(allowed: readonly string[]): string {
    const text = this.text()
    return allowed.includes(text) ? text : this.refuse(`one of ${allowed.join(', ')}`)
  }

  /** Party names become names of processes, folders and files. */
  partyName(): string {
    const text = this.text()
    const fits = /^[\p{L}\p{N}_-]{1,64}$/u.test(text)
    return fits ? text : this.refuse('1 to 64 letters, digits, "-" and "_"')
  }

  columnName(): string {
    const text = this.text()
    return /\p{Cc}/u.test(text) ? this.refuse('a name without control characters') : text
  }

  columnType(): ColumnType {
    const text = this.text()
    if (text === 'numeric' || text === 'categorical') return text
    throw new featuresErrors.ColumnTypeUnknown(this.#file, this.#path, text)
  }

  /** A file of the folder itself or below it, never one beside it. */
  fileName(): string {
    const text = this.text()
    const outside = /^([/\\]|[A-Za-z]:)/.test(text) || text.split(/[/\\]/).includes('..')
    return outside ? this.refuse('a file name inside the folder of the manifest') : text
  }
}

/** `yinxin provider init`: a configuration with a remark on every line that somebody fills in. */
import { writeFile } from 'node:fs/promises'
import { type Catalogue, classOf, loadCatalogue } from '../../features/index.ts'
import { serverErrors } from '../errors.ts'
import { providerTemplate, type TemplateClass } from './provider-template.ts'
import { today } from './today.ts'

export interface InitOptions {
  readonly name: string
  readonly class: readonly string[]
  readonly out: string
}

/** What the template asks about one class. @throws CatalogueClassUnknown */
export function templateClass(catalogue: Catalogue, code: string): TemplateClass {
  const klass = classOf(catalogue, code)
  const required = klass.fields.filter((field) => field.required && field.derived !== true)
  return { code, title: klass.title, required: required.map(({ name, title }) => ({ name, ...title })) }
}

/** @throws CatalogueClassUnknown; FileExists, so that nobody's work is replaced */
export async function initProvider(options: InitOptions): Promise<void> {
  const catalogue = await loadCatalogue()
  const asked = options.class.map((code) => templateClass(catalogue, code))
  try {
    await writeFile(options.out, providerTemplate(options.name, today(), asked), { flag: 'wx', mode: 0o600 })
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'EEXIST') throw new serverErrors.FileExists(options.out)
    throw fault
  }
  process.stderr.write(`${options.out}: fill it in, then "yinxin provider check ${options.out}"\n`)
}

import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { featuresErrors } from '../errors.ts'
import { buildCatalogue, CATALOGUE_VERSION, type Catalogue, parseClass } from './load-catalogue.ts'

/** Mark by which an exported catalogue is told from any other JSON. */
const FORMAT = `yinxin/catalogue/${CATALOGUE_VERSION}`

/** A whole catalogue as the text of one file, for another node, the provincial catalogue or an archive. */
export function exportCatalogue({ hash, classes }: Catalogue): string {
  return `${JSON.stringify({ format: FORMAT, hash, classes: [...classes.values()] }, null, 2)}\n`
}

/**
 * Reads an exported catalogue and checks it like class files; its hash must be that of its classes.
 *
 * @param file where `exportCatalogue`'s text was written
 * @throws YX_FEATURES_CATALOGUE_UNREADABLE, _CATALOGUE_INVALID
 */
export async function importCatalogue(file: string): Promise<Catalogue> {
  const shown = basename(file)
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    throw new featuresErrors.CatalogueUnreadable(shown, String((cause as NodeJS.ErrnoException).code))
  }
  const value = parseClass(text)
  const { format, hash, classes } = (value ?? {}) as Record<string, unknown>
  const refuse = (field: string, problem: string): never => {
    throw new featuresErrors.CatalogueInvalid(1, `${shown}, field "${field}": ${problem}`)
  }
  if (format !== FORMAT) refuse('format', `it is not "${FORMAT}"; is this an exported catalogue?`)
  if (!Array.isArray(classes)) return refuse('classes', 'it is not a list')
  const catalogue = buildCatalogue([
    classes.map((klass, index) => ({ shown: `${shown} classes[${index}]`, value: klass })),
  ])
  if (hash !== catalogue.hash) refuse('hash', 'it is not the hash of these classes, so they were changed')
  return catalogue
}

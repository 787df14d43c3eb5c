/** `yinxin catalogue`: what data departments share, under which conditions, and the files that say so. */
import { stat, writeFile } from 'node:fs/promises'
import {
  type Catalogue,
  classOf,
  exportCatalogue,
  importCatalogue,
  loadCatalogue,
} from '../../features/index.ts'
import { printableCatalogue, printableCheck, printableClass } from './printable.ts'

export interface CatalogueOptions {
  readonly json?: boolean
  readonly from?: string
  readonly export?: string
  readonly check?: string
}

/** @throws CatalogueUnreadable, CatalogueInvalid (naming every fault), CatalogueClassUnknown */
export async function runCatalogue(code: string | undefined, options: CatalogueOptions): Promise<void> {
  if (options.check !== undefined) {
    const after = await loadCatalogue([options.check])
    process.stdout.write(printableCheck(await loadCatalogue(), after))
    return
  }
  const catalogue = await open(options.from)
  if (options.export !== undefined) await writeFile(options.export, exportCatalogue(catalogue))
  process.stdout.write(printed(catalogue, code, options.json ?? false))
}

async function open(from: string | undefined): Promise<Catalogue> {
  if (from === undefined) return loadCatalogue()
  const isFile = await stat(from).then(
    (found) => found.isFile(),
    () => false,
  )
  return isFile ? importCatalogue(from) : loadCatalogue([from])
}

function printed(catalogue: Catalogue, code: string | undefined, json: boolean): string {
  if (code === undefined) return json ? exportCatalogue(catalogue) : printableCatalogue(catalogue)
  const klass = classOf(catalogue, code)
  return json ? `${JSON.stringify(klass, null, 2)}\n` : printableClass(klass)
}

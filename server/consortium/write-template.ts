/** A configuration with remarks for a node that was just enrolled. */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadCatalogue } from '../../features/index.ts'
import type { Member } from '../../federation/index.ts'
import { templateClass } from '../node/init-provider.ts'
import { labelHolderTemplate } from '../node/label-holder-template.ts'
import { providerTemplate } from '../node/provider-template.ts'
import { today } from '../node/today.ts'
import { readConsortium } from './consortium-file.ts'
import { keyHolderTemplate, platformTemplate } from './server-templates.ts'

/** Where a provider did not say what it holds: an example to be replaced. */
const EXAMPLE_CLASS = 'water_usage'

/**
 * Writes `<role>.yaml` beside the keys, where there is none yet.
 * @param classes of a provider's records
 * @returns the file
 * @throws CatalogueClassUnknown
 */
export async function writeTemplate(
  folder: string,
  member: Member,
  classes: readonly string[],
): Promise<string> {
  const file = join(folder, `${member.role}.yaml`)
  if (existsSync(file)) return file
  const { platform = 'https://platform.example:8480' } = readConsortium(folder)
  await writeFile(file, await textFor(member, platform, classes), { flag: 'wx', mode: 0o600 })
  return file
}

async function textFor(
  { role, name }: Member,
  platform: string,
  classes: readonly string[],
): Promise<string> {
  if (role === 'platform') return platformTemplate(platform)
  if (role === 'keyholder') return keyHolderTemplate(platform)
  if (role === 'label-holder') return labelHolderTemplate(name, today(), platform)
  const catalogue = await loadCatalogue()
  const asked = (classes.length > 0 ? classes : [EXAMPLE_CLASS]).map((code) => templateClass(catalogue, code))
  return providerTemplate(name, today(), asked, platform)
}

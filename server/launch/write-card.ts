/** The model card of a run as files beside the state of its consortium. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ModelCard } from '../../models/index.ts'
import { cardPage } from '../platform/cards/card-page.ts'

export interface CardFiles {
  /** HTML. */
  readonly page: string
  readonly json: string
}

export async function writeCard(folder: string, card: ModelCard): Promise<CardFiles> {
  const files = { page: join(folder, 'model-card.html'), json: join(folder, 'model-card.json') }
  await writeFile(files.page, cardPage(card))
  await writeFile(files.json, `${JSON.stringify(card, null, 2)}\n`)
  return files
}

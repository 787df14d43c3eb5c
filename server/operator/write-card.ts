/** The card of a registered model for people and machines: the very bytes that parties approve, and a page made from them. */
import { writeFile } from 'node:fs/promises'
import { cardPage } from '../platform/cards/card-page.ts'
import type { CardCopy } from '../platform/cards/copy.ts'
import type { ModelWithCard } from '../platform/models/model-summary.ts'

export interface CardOutput {
  /** File of the JSON; standard output without it, unless there is a page. */
  readonly out?: string
  /** File of the page. */
  readonly page?: string
}

export async function writeCard(
  { cardText, cardHash }: Pick<ModelWithCard, 'cardText' | 'cardHash'>,
  { out, page }: CardOutput,
): Promise<void> {
  if (page !== undefined) await writeFile(page, cardPage(JSON.parse(cardText) as CardCopy))
  if (out !== undefined) await writeFile(out, cardText)
  else if (page === undefined) process.stdout.write(cardText)
  process.stderr.write(`SHA-256 ${cardHash}\n`)
}

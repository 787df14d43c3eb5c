/** A page in two languages at once, of which the reader may hide one; and how numbers are written on it. */
import { type Content, Markup, markup } from './markup.ts'

export interface Words {
  readonly zh: Content
  readonly en: Content
}

/** Within a line. */
export const both = ({ zh, en }: Words): Markup =>
  markup`<span class="zh" lang="zh-CN">${zh}</span> <span class="en" lang="en">${en}</span>`

/** The same in a drawing. */
export const bothInSvg = ({ zh, en }: Words): Markup =>
  markup`<tspan class="zh" lang="zh-CN">${zh} </tspan><tspan class="en" lang="en">${en}</tspan>`

/** As paragraphs. */
export const paragraphs = (...texts: readonly Words[]): Markup =>
  markup`${texts.map(({ zh, en }) => markup`<p class="zh" lang="zh-CN">${zh}</p><p class="en" lang="en">${en}</p>`)}`

export const NONE = '–'

/** A share as per cent, finer where it is small. */
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return NONE
  if (share === 0 || share === 1) return `${100 * share}\u00a0%`
  return `${(100 * share).toFixed(share < 0.01 ? 2 : 1)}\u00a0%`
}

export const three = (value: number | null | undefined): string =>
  value === null || value === undefined || !Number.isFinite(value) ? NONE : value.toFixed(3)

/** A count, with thin spaces between thousands; noisy ones are rounded. */
export const count = (value: number | null | undefined): string =>
  value === null || value === undefined || !Number.isFinite(value)
    ? NONE
    : String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, '\u202f')

export interface Cell {
  readonly content: Content
  /** Set to the right, for numbers. */
  readonly number?: boolean
}

const isNumber = (value: Cell | Content): boolean =>
  typeof value === 'object' && value !== null && 'number' in value && value.number === true

/** A table that can be scrolled sideways on a narrow screen. */
export function table(head: readonly Words[], rows: readonly (readonly (Cell | Content)[])[]): Markup {
  const cell = (value: Cell | Content) => {
    const whole =
      typeof value === 'object' && value !== null && 'content' in value
        ? (value as Cell)
        : { content: value as Content }
    return whole.number === true
      ? markup`<td class="number">${whole.content}</td>`
      : markup`<td>${whole.content}</td>`
  }
  return markup`<div class="wide" tabindex="0" role="group"><table><thead><tr>${head.map((words, column) => markup`<th scope="col" class="${isNumber(rows[0]?.[column] ?? null) ? 'number' : 'text'}">${both(words)}</th>`)}</tr></thead><tbody>${rows.map((row) => markup`<tr>${row.map(cell)}</tr>`)}</tbody></table></div>`
}

export const numberCell = (content: Content): Cell => ({ content, number: true })

/** Nothing of its own, so that empty sections leave no trace. */
export const NOTHING = new Markup('')

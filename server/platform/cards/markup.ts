/** Text that is known to be markup: everything else that gets into a page is escaped on the way. */

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Characters that no XML may hold are left out, and so are those that turn the direction of the text around them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const UNWANTED = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export type Content = Markup | string | number | null | readonly Content[]

function textOf(content: Content): string {
  if (content instanceof Markup) return content.text
  if (content === null) return ''
  if (typeof content === 'object') return content.map(textOf).join('')
  return String(content)
    .replace(UNWANTED, '')
    .replace(/[&<>"']/g, (character) => ENTITIES[character])
}

/** A piece of HTML or SVG; what is put into it is escaped unless it is such a piece itself. Attributes are to be quoted. */
export function markup(parts: TemplateStringsArray, ...contents: Content[]): Markup {
  return new Markup(parts.reduce((text, part, index) => text + textOf(contents[index - 1]) + part))
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** A piece of HTML. */
export class Html {
  constructor(readonly text: string) {}
}

/** What may stand in a piece of HTML: a text is escaped. */
type Part = Html | string | number | readonly Html[]

function textOf(part: Part): string {
  if (part instanceof Html) return part.text
  if (typeof part === 'object') return part.map(({ text }) => text).join('')
  return String(part).replace(/[&<>"']/g, sign => ENTITIES[sign] ?? sign)
}

/** A piece of HTML, in which every value is escaped. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((text, each, index) => `${text}${textOf(parts[index - 1] ?? '')}${each}`))
}

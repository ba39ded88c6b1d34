/** A character of a pattern; one that is quoted means itself. */
export interface PatternCharacter {
  readonly character: string
  readonly quoted: boolean
}

const CLASSES: Readonly<Record<string, string>> = {
  alnum: 'A-Za-z0-9',
  alpha: 'A-Za-z',
  blank: ' \\t',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '\\x21-\\x7e',
  lower: 'a-z',
  print: '\\x20-\\x7e',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\s',
  upper: 'A-Z',
  xdigit: '0-9A-Fa-f',
}

/** What stands between brackets in a POSIX pattern, as JavaScript has it: `[:alpha:]` and the like. */
export function bracketClasses(text: string): string {
  return text.replace(/\[:(\w+):\]/g, (_, name: string) => CLASSES[name] ?? '')
}

/** A text as a part of a regular expression that means nothing but itself. */
export function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}

/** True if it is more than a text. */
export function isPattern(characters: readonly PatternCharacter[]): boolean {
  return characters.some(({ character, quoted }) => !quoted && '*?['.includes(character))
}

/** The source of a regular expression for a pattern of the shell. */
export function patternSource(characters: readonly PatternCharacter[], lazy = false): string {
  let source = ''
  for (let at = 0; at < characters.length; at += 1) {
    const { character = '', quoted = true } = characters[at] ?? {}
    if (quoted || !'*?['.includes(character)) source += literally(character)
    else if (character === '*') source += lazy ? '[^]*?' : '[^]*'
    else if (character === '?') source += '[^]'
    else {
      const end = endOfBracket(characters, at)
      if (end < 0) source += '\\['
      else {
        source += bracketSource(characters.slice(at + 1, end))
        at = end
      }
    }
  }
  return source
}

function endOfBracket(characters: readonly PatternCharacter[], start: number): number {
  for (let at = start + 2; at < characters.length; at += 1) {
    if (characters[at]?.character === '[' && characters[at + 1]?.character === ':') {
      while (at < characters.length && characters[at]?.character !== ']') at += 1
      continue
    }
    if (characters[at]?.character === ']' && !characters[at]?.quoted) {
      return at === start + 2 && '!^'.includes(characters[start + 1]?.character ?? ' ')
        ? endOfBracket(characters, at)
        : at
    }
  }
  return -1
}

function bracketSource(inner: readonly PatternCharacter[]): string {
  const text = inner
    .map(({ character, quoted }) => (quoted ? literally(character) : character === '\\' ? '\\\\' : character))
    .join('')
  const negated = /^[!^]/.test(text)
  const classes = bracketClasses(negated ? text.slice(1) : text)
    .replace(/^\]/, '\\]')
    .replace(/\[/g, '\\[')
  return `[${negated ? '^' : ''}${classes}]`
}

/** The characters of a text, none of them quoted. */
export function unquoted(text: string): readonly PatternCharacter[] {
  return [...text].map(character => ({ character, quoted: false }))
}

/** True if a text is what a pattern describes, as a whole. */
export function matchesPattern(text: string, characters: readonly PatternCharacter[]): boolean {
  return new RegExp(`^${patternSource(characters)}$`).test(text)
}

/** A text without its start, or end, that a pattern describes: the shortest or the longest. */
export function trimmed(text: string, characters: readonly PatternCharacter[], operator: string): string {
  const from = new RegExp(`^${patternSource(characters)}$`)
  const lengths = Array.from({ length: text.length + 1 }, (_, length) => length)
  if (operator === '##' || operator === '%%') lengths.reverse()
  const isStart = operator.startsWith('#')
  for (const length of lengths) {
    const cut = isStart ? text.slice(0, length) : text.slice(text.length - length)
    if (from.test(cut)) return isStart ? text.slice(length) : text.slice(0, text.length - length)
  }
  return text
}

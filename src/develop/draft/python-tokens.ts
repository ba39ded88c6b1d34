/** A word of a Python program. */
export interface Token {
  readonly kind: 'name' | 'number' | 'text' | 'operator' | 'newline'
  /** As it stands there; of a text what it says. */
  readonly value: string
  /** True for a text with names in braces, `f'…'`. */
  readonly isFormatted?: boolean
  /** True at the very start of a line. */
  readonly isFirst: boolean
}

const BLANK = /(?:[ \t\f\r]|\\\r?\n|#[^\n]*)+/y
const TEXT = /([rbuf]{0,2})('''|"""|'|")/iy
const NAME = /[^\W\d]\w*/y
const NUMBER = /\d[\w.]*/y
const OPERATOR = /\*\*|\/\/|[=!<>+*/%|&^-]=|->|:=|[^\s\w]/y

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\n': '' }

function unescaped(text: string): string {
  return text.replace(
    /\\([\s\S])/g,
    (all, next: string) => ESCAPES[next] ?? (/['"\\]/.test(next) ? next : all),
  )
}

/** Where a text ends that begins before `start`; undefined if it does not. */
function endOf(program: string, start: number, quotes: string): number | undefined {
  for (let at = start; at < program.length; at += 1) {
    if (program[at] === '\\') at += 1
    else if (program.startsWith(quotes, at)) return at
    else if (program[at] === '\n' && quotes.length === 1) return undefined
  }
  return undefined
}

/** The words of a Python program, as far as it can be understood; comments are left out. */
export function pythonTokens(program: string): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    return pattern.exec(program)
  }
  while (at < program.length) {
    const isFirst = at === 0 || program[at - 1] === '\n'
    const blank = take(BLANK)
    if (blank) {
      at += blank[0].length
      continue
    }
    const text = take(TEXT)
    if (text) {
      const [opening, prefix = '', quotes = ''] = text
      const start = at + opening.length
      const end = endOf(program, start, quotes)
      if (end === undefined) return tokens
      const raw = program.slice(start, end)
      const value = /r/i.test(prefix) ? raw : unescaped(raw)
      tokens.push({ kind: 'text', value, isFirst, isFormatted: /f/i.test(prefix) })
      at = end + quotes.length
      continue
    }
    const kinds = [
      ['name', NAME],
      ['number', NUMBER],
      ['operator', OPERATOR],
    ] as const
    const [kind, value] =
      kinds.flatMap(([each, pattern]) => {
        const found = take(pattern)
        return found ? [[each, found[0]] as const] : []
      })[0] ?? (['newline', '\n'] as const)
    tokens.push({ kind, value, isFirst })
    at += value.length
  }
  return tokens
}

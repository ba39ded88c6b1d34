import { unescaped } from '../../shell/printf.js'
import { unexpected } from '../../unexpected.js'

/** A word of a program of awk. */
export interface Token {
  readonly kind: 'number' | 'string' | 'expression' | 'name' | 'function' | 'operator' | 'newline' | 'end'
  readonly text: string
}

const OPERATOR = /\+\+|--|&&|\|\||!~|[-+*/%=!<>]=|[-+*/%^!<>|?:~$(){}[\];,=]/y
const WORDS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['newline', /\n/y],
  ['string', /"(?:[^"\\]|\\[\s\S])*"/y],
  ['expression', /\/(?:[^/\\[\n]|\\[^\n]|\[\^?\]?(?:\[:\w+:\]|[^\]\n])*\])*\//y],
  ['number', /\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|\.\d+/y],
  ['function', /[A-Za-z_]\w*(?=\()/y],
  ['name', /[A-Za-z_]\w*/y],
  ['operator', OPERATOR],
]

function failed(text: string): Error {
  return unexpected(
    `run awk: "${text.slice(0, 20)}" is not understood`,
    'awk in memory has what our scripts use',
  )
}

/** After these a `/` divides. */
function isOperand(token: Token | undefined): boolean {
  if (!token || token.kind === 'newline') return false
  return token.kind !== 'operator' || /^(\)|\]|\$|\+\+|--)$/.test(token.text)
}

function textIn(kind: Token['kind'], written: string): string {
  if (kind === 'string') return unescaped(written.slice(1, -1).replaceAll('\\/', '/'))
  return kind === 'expression' ? written.slice(1, -1) : written
}

/** Takes a program of awk apart. */
function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at
    const [found = ''] = pattern.exec(text) ?? []
    at += found.length
    return found
  }
  for (take(/(?:[ \t\r]|\\\n|#[^\n]*)*/y); at < text.length; take(/(?:[ \t\r]|\\\n|#[^\n]*)*/y)) {
    const start = at
    for (const [kind, pattern] of WORDS) {
      if (kind === 'expression' && isOperand(tokens.at(-1))) continue
      const written = take(pattern)
      if (written === '') continue
      tokens.push({ kind, text: textIn(kind, written) })
      break
    }
    if (at === start) throw failed(text.slice(at))
  }
  return tokens
}

/** Reads the words of a program of awk one after the other. */
export class TokenReader {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(text: string) {
    this.#tokens = tokensOf(text)
  }

  protected get token(): Token {
    return this.ahead(0)
  }

  protected ahead(count: number): Token {
    return this.#tokens[this.#at + count] ?? { kind: 'end', text: '' }
  }

  protected skip(count = 1): void {
    this.#at += count
  }

  protected is(...texts: readonly string[]): boolean {
    const { kind, text } = this.token
    return kind !== 'string' && kind !== 'expression' && texts.includes(text)
  }

  protected take(...texts: readonly string[]): string | undefined {
    const { text } = this.token
    if (!this.is(...texts)) return undefined
    this.skip()
    return text
  }

  protected expect(text: string): void {
    if (!this.take(text)) throw this.failure()
  }

  protected newlines(): void {
    while (this.token.kind === 'newline') this.skip()
  }

  protected failure(): Error {
    return failed(
      this.#tokens
        .slice(this.#at)
        .map(({ text }) => text)
        .join(' '),
    )
  }
}

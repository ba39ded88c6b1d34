import { unexpected } from '../unexpected.js'
import { basicExpression, extendedExpression } from './expressions.js'

/** Tells of a line whether it is meant. */
export type Address = (line: string, number: number, isLast: boolean) => boolean

/** One instruction of `sed`: what it does, and on which lines. */
export interface Instruction {
  readonly from: Address | undefined
  /** A range ends with this line. */
  readonly to: Address | undefined
  /** Instructions stand between brackets. */
  readonly action: 'delete' | 'print' | Substitution | readonly Instruction[]
}

/** `s`. */
export interface Substitution {
  readonly expression: RegExp
  readonly replacement: string
  /** True: a line in which something was replaced is printed. */
  readonly prints: boolean
}

/** Reads a program of `sed`. */
export function parseSed(text: string, isExtended: boolean): readonly Instruction[] {
  return new SedParser(text, isExtended ? extendedExpression : basicExpression).instructions()
}

class SedParser {
  #at = 0

  constructor(
    private readonly text: string,
    private readonly translated: (pattern: string) => string,
  ) {}

  instructions(): readonly Instruction[] {
    const found: Instruction[] = []
    for (this.#take(/[\s;]*/y); this.#at < this.text.length; this.#take(/[\s;]*/y)) {
      if (this.#take(/\}/y) !== '') break
      found.push(this.#one())
    }
    return found
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const [text = ''] = pattern.exec(this.text) ?? []
    this.#at += text.length
    return text
  }

  #one(): Instruction {
    const from = this.#address()
    const to = this.#take(/,/y) === '' ? undefined : this.#address()
    const letter = this.#take(/[^\n]/y)
    if (letter === 'd') return { from, to, action: 'delete' }
    if (letter === 'p') return { from, to, action: 'print' }
    if (letter === '{') return { from, to, action: this.instructions() }
    if (letter === 's') return { from, to, action: this.#substitution() }
    throw unexpected(`run sed: "${this.text}"`, `sed in memory does not know ${letter}`)
  }

  #substitution(): Substitution {
    const delimiter = this.#take(/[^\n]/y)
    const [pattern, replacement] = [this.#pattern(delimiter), this.#part(delimiter)]
    const flags = this.#take(/[gpI]*/y)
    const options = `${flags.includes('g') ? 'g' : ''}${flags.includes('I') ? 'i' : ''}`
    return {
      expression: new RegExp(this.translated(pattern), options),
      replacement,
      prints: flags.includes('p'),
    }
  }

  #address(): Address | undefined {
    const digits = this.#take(/\d+/y)
    if (digits !== '') return (_, number) => number === Number(digits)
    const opening = this.#take(/[$/]/y)
    if (opening === '$') return (_, __, isLast) => isLast
    if (opening === '') return undefined
    const expression = new RegExp(this.translated(this.#pattern('/')))
    return line => expression.test(line)
  }

  /** A pattern, up to a delimiter that is not in brackets. */
  #pattern(delimiter: string): string {
    return this.#part(delimiter, /\[\^?\]?(?:\[:\w+:\]|[^\]])*\]|\\?[\s\S]/y)
  }

  /** Up to a delimiter; one that is escaped is none. */
  #part(delimiter: string, unit = /\\?[\s\S]/y): string {
    let part = ''
    for (let next = this.#take(unit); next !== '' && next !== delimiter; next = this.#take(unit))
      part += next === `\\${delimiter}` ? delimiter : next
    return part
  }
}

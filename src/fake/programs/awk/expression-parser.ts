import { type Token, TokenReader } from './lexer.js'
import type { Expression } from './syntax.js'

const KEYWORDS = new Set(
  'in BEGIN END if else while for print printf next exit delete function return break continue'.split(' '),
)

/** Operators between two operands, the weakest first; a blank joins texts. */
const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['in'],
  ['~', '!~'],
  ['<', '<=', '==', '!=', '>=', '>'],
  [' '],
  ['+', '-'],
  ['*', '/', '%'],
]

const isTarget = ({ kind }: Expression) => kind === 'variable' || kind === 'element' || kind === 'field'

/** Reads expressions of awk. */
export class ExpressionParser extends TokenReader {
  /** True in what is printed, where `>` begins a file. */
  #inPrint = false

  expression(): Expression {
    const target = this.#choice()
    const operator = this.take('=', '+=', '-=', '*=', '/=', '%=')
    if (operator === undefined) return target
    return { kind: 'assign', operator, target, value: this.expression() }
  }

  protected list(end: string): Expression[] {
    const items: Expression[] = []
    while (!this.is(end)) {
      items.push(this.expression())
      if (!this.take(',')) break
      this.newlines()
    }
    this.expect(end)
    return items
  }

  /** What is printed, and where it goes to if that is said. */
  protected printed(): readonly Expression[] {
    const items: Expression[] = []
    this.#inPrint = true
    while (!this.endsStatement() && !this.is('>')) {
      items.push(this.expression())
      if (!this.take(',')) break
    }
    this.#inPrint = false
    return items
  }

  protected endsStatement(): boolean {
    return ['newline', 'end'].includes(this.token.kind) || this.is(';', '}')
  }

  #choice(): Expression {
    const condition = this.#binary(0)
    if (!this.take('?')) return condition
    const yes = this.expression()
    this.expect(':')
    return { kind: 'choice', condition, yes, no: this.expression() }
  }

  #binary(level: number): Expression {
    const operators = LEVELS[level]
    if (!operators) return this.#unary()
    let left = this.#binary(level + 1)
    for (let operator = this.#between(operators); operator; operator = this.#between(operators)) {
      this.newlines()
      left = { kind: 'binary', operator, left, right: this.#binary(level + 1) }
    }
    return left
  }

  #between(operators: readonly string[]): string | undefined {
    if (operators.includes(' ')) return startsOperand(this.token) ? ' ' : undefined
    return this.take(...operators.filter(operator => operator !== '>' || !this.#inPrint))
  }

  #unary(): Expression {
    const operator = this.take('!', '-', '+')
    return operator === undefined ? this.#power() : { kind: 'unary', operator, operand: this.#unary() }
  }

  #power(): Expression {
    const left = this.#stepped()
    return this.take('^') ? { kind: 'binary', operator: '^', left, right: this.#unary() } : left
  }

  #stepped(): Expression {
    const prefix = this.take('++', '--')
    if (prefix) return { kind: 'step', operator: prefix, isPrefix: true, target: this.#primary() }
    const target = this.#primary()
    const suffix = isTarget(target) ? this.take('++', '--') : undefined
    return suffix ? { kind: 'step', operator: suffix, isPrefix: false, target } : target
  }

  #primary(): Expression {
    const { kind, text } = this.token
    if (kind === 'end') throw this.failure()
    this.skip()
    if (kind === 'number') return { kind: 'number', value: Number(text) }
    if (kind === 'string') return { kind: 'string', value: text }
    if (kind === 'expression') return { kind: 'expression', source: text }
    if (kind === 'function') {
      this.expect('(')
      return { kind: 'call', name: text, args: this.list(')') }
    }
    if (kind === 'name' && this.take('[')) return { kind: 'element', name: text, index: this.list(']') }
    if (kind === 'name' && text === 'length') return { kind: 'call', name: text, args: [] }
    if (kind === 'name' && !KEYWORDS.has(text)) return { kind: 'variable', name: text }
    if (text === '$') return { kind: 'field', index: this.#stepped() }
    if (text !== '(') throw this.failure()
    return this.#grouped()
  }

  #grouped(): Expression {
    const before = this.#inPrint
    this.#inPrint = false
    const inner = this.expression()
    this.expect(')')
    this.#inPrint = before
    return { kind: 'group', inner }
  }
}

function startsOperand({ kind, text }: Token): boolean {
  if (kind === 'name') return !KEYWORDS.has(text)
  if (kind === 'operator') return ['!', '$', '(', '++', '--'].includes(text)
  return kind !== 'newline' && kind !== 'end'
}

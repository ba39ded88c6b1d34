import { ExpressionParser } from './expression-parser.js'
import type { AwkFunction, AwkProgram, Rule, Statement } from './syntax.js'

/** Reads a program of awk. */
export function parseAwk(text: string): AwkProgram {
  return new AwkParser(text).program()
}

class AwkParser extends ExpressionParser {
  program(): AwkProgram {
    const rules: Rule[] = []
    const functions = new Map<string, AwkFunction>()
    for (this.#ends(); this.token.kind !== 'end'; this.#ends()) {
      if (this.take('function')) functions.set(...this.#function())
      else rules.push(this.#rule())
    }
    return { rules, functions }
  }

  #function(): [string, AwkFunction] {
    const name = this.token.text
    this.skip()
    this.expect('(')
    const parameters = this.list(')').map(each => (each.kind === 'variable' ? each.name : ''))
    return [name, { parameters, body: this.#block() }]
  }

  #rule(): Rule {
    const when = this.take('BEGIN', 'END')
    if (when === 'BEGIN' || when === 'END') return { when, action: this.#block() }
    const pattern = this.is('{') ? undefined : this.expression()
    return { when: 'line', ...(pattern && { pattern }), action: this.is('{') ? this.#block() : undefined }
  }

  #ends(): void {
    while (this.token.kind === 'newline' || this.is(';')) this.skip()
  }

  #block(): Statement {
    this.expect('{')
    const body: Statement[] = []
    for (this.#ends(); !this.is('}'); this.#ends()) body.push(this.#statement())
    this.expect('}')
    return { kind: 'block', body }
  }

  #statement(): Statement {
    if (this.is('{')) return this.#block()
    if (this.take('if')) return this.#if()
    if (this.take('for')) return this.#for()
    if (this.take('while')) {
      this.expect('(')
      const condition = this.expression()
      this.expect(')')
      return { kind: 'for', start: undefined, condition, step: undefined, body: this.#body() }
    }
    return this.#simple()
  }

  #body(): Statement {
    this.newlines()
    return this.#statement()
  }

  #if(): Statement {
    this.expect('(')
    const condition = this.expression()
    this.expect(')')
    const then = this.#body()
    const ends = [0, 1, 2].findIndex(
      count => this.ahead(count).kind !== 'newline' && this.ahead(count).text !== ';',
    )
    if (this.ahead(ends).text !== 'else') return { kind: 'if', condition, then, otherwise: undefined }
    this.skip(ends + 1)
    return { kind: 'if', condition, then, otherwise: this.#body() }
  }

  #for(): Statement {
    this.expect('(')
    const [name, word, array] = [this.token, this.ahead(1), this.ahead(2)]
    if (word.text === 'in' && this.ahead(3).text === ')') {
      this.skip(4)
      return { kind: 'each', variable: name.text, name: array.text, body: this.#body() }
    }
    const start = this.#simple()
    this.expect(';')
    const condition = this.expression()
    this.expect(';')
    const step = this.#simple()
    this.expect(')')
    return { kind: 'for', start, condition, step, body: this.#body() }
  }

  #simple(): Statement {
    const plain = this.take('next', 'break', 'continue')
    if (plain === 'next' || plain === 'break' || plain === 'continue') return { kind: plain }
    const leaving = this.take('exit', 'return')
    if (leaving === 'exit' || leaving === 'return')
      return { kind: leaving, value: this.endsStatement() ? undefined : this.expression() }
    if (this.take('delete')) {
      const name = this.token.text
      this.skip()
      this.expect('[')
      return { kind: 'delete', name, index: this.list(']') }
    }
    const kind = this.take('print', 'printf')
    if (kind !== 'print' && kind !== 'printf') return { kind: 'expression', value: this.expression() }
    const args = this.printed()
    return { kind, args, target: this.take('>') === undefined ? undefined : this.expression() }
  }
}

import { extendedExpression } from '../expressions.js'
import type { Expression } from './syntax.js'
import { numberOf, textOf, type Value } from './values.js'

/** What a program of awk keeps: the line under way with its fields, variables, arrays. */
export abstract class AwkMemory {
  readonly arrays = new Map<string, Map<string, Value>>()
  protected readonly globals = new Map<string, Value>([['FS', ' ']])
  protected readonly frames: Map<string, Value>[] = []
  readonly #expressions = new Map<string, RegExp>()
  protected record = ''
  protected fieldValues: string[] = []

  abstract evaluate(expression: Expression): Value | undefined

  /** An array by its name. */
  array(name: string): Map<string, Value> {
    let array = this.arrays.get(name)
    if (!array) {
      array = new Map()
      this.arrays.set(name, array)
    }
    return array
  }

  /** Splits a text as fields are. */
  split(text: string, separator = textOf(this.globals.get('FS'))): string[] {
    if (text === '') return []
    if (separator === ' ') return text.trim() === '' ? [] : text.trim().split(/\s+/)
    return text.split(separator.length === 1 ? separator : this.regular(separator))
  }

  /** A regular expression by its text. */
  regular(source: string): RegExp {
    let expression = this.#expressions.get(source)
    if (!expression) {
      expression = new RegExp(extendedExpression(source))
      this.#expressions.set(source, expression)
    }
    return expression
  }

  /** The expression that a word of a program is: between slashes, or a text. */
  pattern(expression: Expression | undefined): RegExp {
    if (expression?.kind === 'expression') return this.regular(expression.source)
    return this.regular(textOf(expression && this.evaluate(expression)))
  }

  variable(name: string): Value | undefined {
    const frame = this.frames.at(-1)
    if (frame?.has(name)) return frame.get(name)
    return name === 'NF' ? this.fieldValues.length : this.globals.get(name)
  }

  setVariable(name: string, value: Value): void {
    const frame = this.frames.at(-1)
    if (frame?.has(name)) frame.set(name, value)
    else this.globals.set(name, value)
  }

  protected setRecord(record: string): void {
    this.record = record
    this.fieldValues = this.split(record)
  }

  protected key(index: readonly Expression[]): string {
    return index.map(each => textOf(this.evaluate(each))).join('\x1c')
  }

  assign(target: Expression, value: Value): Value {
    if (target.kind === 'variable') this.setVariable(target.name, value)
    else if (target.kind === 'element') this.array(target.name).set(this.key(target.index), value)
    else if (target.kind === 'field') {
      const index = numberOf(this.evaluate(target.index))
      if (index === 0) this.setRecord(textOf(value))
      else {
        while (this.fieldValues.length < index) this.fieldValues.push('')
        this.fieldValues[index - 1] = textOf(value)
        this.record = this.fieldValues.join(' ')
      }
    }
    return value
  }
}

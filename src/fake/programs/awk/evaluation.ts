import type { Process } from '../../shell/process.js'
import { unexpected } from '../../unexpected.js'
import { callBuiltin } from './builtins.js'
import { AwkMemory } from './memory.js'
import type { AwkFunction, Expression } from './syntax.js'
import { calculated, isTrue, numberOf, Outside, textOf, type Value } from './values.js'

/** Finds out what expressions of awk come to. */
export abstract class Evaluation extends AwkMemory {
  constructor(
    private readonly functions: ReadonlyMap<string, AwkFunction>,
    readonly process: Process,
  ) {
    super()
  }

  /** Runs a function of the program. */
  protected abstract call(body: AwkFunction['body']): Value

  evaluate(expression: Expression): Value | undefined {
    switch (expression.kind) {
      case 'number':
      case 'string':
        return expression.value
      case 'expression':
        return Number(this.regular(expression.source).test(this.record))
      case 'variable':
        return this.variable(expression.name)
      case 'field': {
        const index = numberOf(this.evaluate(expression.index))
        return new Outside(index === 0 ? this.record : (this.fieldValues[index - 1] ?? ''))
      }
      case 'element': {
        const array = this.array(expression.name)
        const key = this.key(expression.index)
        if (!array.has(key)) array.set(key, '')
        return array.get(key)
      }
      case 'assign': {
        const { operator, target } = expression
        const value = this.evaluate(expression.value) ?? ''
        const isPlain = operator === '='
        return this.assign(
          target,
          isPlain ? value : calculated(operator.slice(0, -1), this.evaluate(target), value),
        )
      }
      case 'unary': {
        const value = this.evaluate(expression.operand)
        if (expression.operator === '!') return Number(!isTrue(value))
        return expression.operator === '-' ? -numberOf(value) : numberOf(value)
      }
      case 'step': {
        const before = numberOf(this.evaluate(expression.target))
        const after = expression.operator === '++' ? before + 1 : before - 1
        this.assign(expression.target, after)
        return expression.isPrefix ? after : before
      }
      case 'binary':
        return this.#binary(expression)
      case 'choice':
        return this.evaluate(isTrue(this.evaluate(expression.condition)) ? expression.yes : expression.no)
      case 'group':
        return this.evaluate(expression.inner)
      case 'call':
        return this.#call(expression.name, expression.args)
    }
  }

  #binary({ operator, left, right }: Expression & { kind: 'binary' }): Value {
    const isLeft = () => isTrue(this.evaluate(left))
    const isRight = () => isTrue(this.evaluate(right))
    const matches = () => this.pattern(right).test(textOf(this.evaluate(left)))
    switch (operator) {
      case '&&':
        return Number(isLeft() && isRight())
      case '||':
        return Number(isLeft() || isRight())
      case '~':
        return Number(matches())
      case '!~':
        return Number(!matches())
      case 'in':
        return Number(right.kind === 'variable' && this.array(right.name).has(this.key([left])))
      case ' ':
        return textOf(this.evaluate(left)) + textOf(this.evaluate(right))
      default:
        return calculated(operator, this.evaluate(left), this.evaluate(right))
    }
  }

  #call(name: string, args: readonly Expression[]): Value {
    const own = this.functions.get(name)
    if (!own) {
      const value = callBuiltin(this, name, args)
      if (value !== undefined) return value
      throw unexpected(`run awk: it has no function ${name}`, 'awk in memory has what our scripts use')
    }
    const values = own.parameters.map((parameter, index) => {
      const value = args[index]
      return [parameter, (value && this.evaluate(value)) ?? ''] as const
    })
    this.frames.push(new Map(values))
    try {
      return this.call(own.body)
    } finally {
      this.frames.pop()
    }
  }
}

import type { ArithmeticExpression, ArithmeticWord, ParsedScript } from 'unbash'
import { foreign } from './script.js'

const BINARY: Readonly<Record<string, (a: number, b: number) => number>> = {
  '||': (a, b) => Number(a !== 0 || b !== 0),
  '&&': (a, b) => Number(a !== 0 && b !== 0),
  '==': (a, b) => Number(a === b),
  '!=': (a, b) => Number(a !== b),
  '<=': (a, b) => Number(a <= b),
  '>=': (a, b) => Number(a >= b),
  '<': (a, b) => Number(a < b),
  '>': (a, b) => Number(a > b),
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => Math.trunc(a / b),
  '%': (a, b) => a % b,
}

const UNARY: Readonly<Record<string, (a: number) => number>> = {
  '-': a => -a,
  '+': a => a,
  '!': a => Number(a === 0),
}

/** What the words of an expression stand for. */
export interface ArithmeticScope {
  /** The text of a word that is no number and no name. */
  textOf(word: ArithmeticWord): string
  /** What a command prints. */
  printed(script: ParsedScript | undefined): string
  variable(name: string): string
}

/** The value of what stands between `$((` and `))`. */
export function evaluate(expression: ArithmeticExpression, scope: ArithmeticScope): number {
  const value = (each: ArithmeticExpression) => evaluate(each, scope)
  switch (expression.type) {
    case 'ArithmeticGroup':
      return value(expression.expression)
    case 'ArithmeticTernary':
      return value(expression.test) === 0 ? value(expression.alternate) : value(expression.consequent)
    case 'ArithmeticUnary': {
      const operation = UNARY[expression.operator] ?? (() => foreign(expression))
      return operation(value(expression.operand))
    }
    case 'ArithmeticBinary': {
      const operation = BINARY[expression.operator] ?? (() => foreign(expression))
      return operation(value(expression.left), value(expression.right))
    }
    case 'ArithmeticWord':
      return numberOf(scope.textOf(expression), scope)
    case 'ArithmeticCommandExpansion':
      return numberOf(scope.printed(expression.script), scope)
  }
}

function numberOf(text: string, scope: ArithmeticScope): number {
  if (/^[A-Za-z_]/.test(text)) return numberOf(scope.variable(text) || '0', scope)
  return /^0\d/.test(text) ? Number.parseInt(text, 8) : Number(text)
}

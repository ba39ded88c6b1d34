/** A value of awk; what comes from outside and looks like a number is compared as one. */
export type Value = string | number | Outside

/** A text from outside. */
export class Outside {
  constructor(readonly text: string) {}

  /** True if it looks like a number. */
  get isNumber(): boolean {
    return /^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$/.test(this.text)
  }
}

/** A value as a number: what it begins with. */
export function numberOf(value: Value | undefined): number {
  if (typeof value === 'number') return value
  const text = value instanceof Outside ? value.text : (value ?? '')
  const found = /^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?/.exec(text)
  return found ? Number(found[0]) : 0
}

/** A value as a text. */
export function textOf(value: Value | undefined): string {
  if (value === undefined) return ''
  if (value instanceof Outside) return value.text
  if (typeof value === 'string') return value
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)))
}

/** Whether a value is taken for true. */
export function isTrue(value: Value | undefined): boolean {
  if (typeof value === 'number') return value !== 0
  if (value instanceof Outside) return value.isNumber ? numberOf(value) !== 0 : value.text !== ''
  return value !== undefined && value !== ''
}

/** Less than, equal to, or more than 0, as one value is than the other. */
export function compared(left: Value | undefined, right: Value | undefined): number {
  const isNumeric = (value: Value | undefined) =>
    value === undefined || typeof value === 'number' || (value instanceof Outside && value.isNumber)
  if (isNumeric(left) && isNumeric(right)) return numberOf(left) - numberOf(right)
  const [a, b] = [textOf(left), textOf(right)]
  return a < b ? -1 : a > b ? 1 : 0
}

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '^': (a, b) => a ** b,
}

/** What an operator makes of two values. */
export function calculated(operator: string, left: Value | undefined, right: Value | undefined): number {
  const operation = ARITHMETIC[operator]
  if (operation) return operation(numberOf(left), numberOf(right))
  const order = compared(left, right)
  const verdicts: Readonly<Record<string, boolean>> = {
    '<': order < 0,
    '<=': order <= 0,
    '==': order === 0,
    '!=': order !== 0,
    '>=': order >= 0,
    '>': order > 0,
  }
  return Number(verdicts[operator] ?? false)
}

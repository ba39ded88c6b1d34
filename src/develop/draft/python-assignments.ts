import { pythonTokens, type Token } from './python-tokens.js'
import { type PythonValue, pythonValue } from './python-value.js'

/** Where a checkout is said to be while its programs are read: what begins so is in it. */
export const CHECKOUT = '/?'

/** Statements that stand in no block, without their ends of lines. */
function statements(program: string): readonly (readonly Token[])[] {
  const all: Token[][] = []
  let depth = 0
  let isInBlock = true
  for (const token of pythonTokens(program)) {
    if (depth === 0 && token.kind === 'newline') {
      isInBlock = true
      continue
    }
    if (isInBlock && token.isFirst) {
      all.push([])
      isInBlock = false
    }
    if (token.kind !== 'text' && token.value.length === 1) {
      if ('([{'.includes(token.value)) depth += 1
      if (')]}'.includes(token.value)) depth = Math.max(0, depth - 1)
    }
    if (!isInBlock) all.at(-1)?.push(token)
  }
  return all
}

/**
 * Reads what names are given in a Python program, without running it: into a scope, in order.
 *
 * @param path - of the program, relative to the checkout
 */
export function readAssignments(program: string, path: string, scope: Map<string, PythonValue>): void {
  scope.set('__file__', `${CHECKOUT}/${path}`)
  for (const tokens of statements(program)) {
    const end = tokens.findIndex(({ kind, value }) => kind === 'operator' && value === '=')
    const [name, opening, key, closing] = tokens
    if (name?.kind !== 'name' || end < 1) continue
    const value = pythonValue(tokens.slice(end + 1), scope)
    if (end === 1 || opening?.value === ':') scope.set(name.value, value)
    else if (end === 4 && opening?.value === '[' && key?.kind === 'text' && closing?.value === ']') {
      const there = scope.get(name.value)
      scope.set(name.value, new Map([...(there instanceof Map ? there : []), [key.value, value]]))
    }
  }
}

/** A path inside the checkout, relative to it; undefined for any other value. */
export function insideCheckout(value: PythonValue): string | undefined {
  return typeof value === 'string' && value.startsWith(`${CHECKOUT}/`)
    ? value.slice(CHECKOUT.length + 1).replace(/\/$/, '')
    : undefined
}

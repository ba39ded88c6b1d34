import { formatted } from '../../shell/printf.js'
import type { Evaluation } from './evaluation.js'
import type { Expression } from './syntax.js'
import { numberOf, Outside, textOf, type Value } from './values.js'

/** Calls a function that awk brings along; undefined if it has none of the name. */
export function callBuiltin(run: Evaluation, name: string, args: readonly Expression[]): Value | undefined {
  const [first, second, third] = args
  const text = (expression: Expression | undefined) => textOf(expression && run.evaluate(expression))
  const number = (expression: Expression | undefined) => numberOf(expression && run.evaluate(expression))
  switch (name) {
    case 'length':
      if (first?.kind === 'variable' && run.arrays.has(first.name)) return run.array(first.name).size
      return text(first ?? { kind: 'field', index: { kind: 'number', value: 0 } }).length
    case 'substr': {
      const [whole, start] = [text(first), Math.round(number(second))]
      const end = third === undefined ? whole.length + 1 : start + Math.round(number(third))
      return whole.slice(Math.max(start, 1) - 1, Math.max(end - 1, 0))
    }
    case 'index':
      return text(first).indexOf(text(second)) + 1
    case 'split': {
      if (second?.kind !== 'variable') return 0
      const array = run.array(second.name)
      const separator = third?.kind === 'expression' ? third.source : third && text(third)
      const parts = run.split(text(first), separator)
      array.clear()
      for (const [index, part] of parts.entries()) array.set(String(index + 1), new Outside(part))
      return parts.length
    }
    case 'match': {
      const found = run.pattern(second).exec(text(first))
      run.setVariable('RSTART', found ? found.index + 1 : 0)
      run.setVariable('RLENGTH', found ? found[0].length : -1)
      return found ? found.index + 1 : 0
    }
    case 'sub':
    case 'gsub':
      return substitute(run, name, args)
    case 'sprintf': {
      const [format = '', ...words] = args.map(each => text(each))
      return formatted(format, words, format)
    }
    case 'tolower':
      return text(first).toLowerCase()
    default:
      return undefined
  }
}

function substitute(run: Evaluation, name: string, [pattern, by, place]: readonly Expression[]): number {
  const target: Expression = place ?? { kind: 'field', index: { kind: 'number', value: 0 } }
  const replacement = textOf(by && run.evaluate(by))
  let count = 0
  const expression = new RegExp(run.pattern(pattern), name === 'gsub' ? 'g' : '')
  const before = textOf(run.evaluate(target))
  const after = before.replace(expression, found => {
    count += 1
    return replacement.replace(
      /\\(&|\\)|&/g,
      (all, escaped?: string) => escaped ?? (all === '&' ? found : all),
    )
  })
  if (count > 0) run.assign(target, after)
  return count
}

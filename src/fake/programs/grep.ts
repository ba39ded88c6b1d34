import type { Process, Program } from '../shell/process.js'
import { basicExpression, extendedExpression } from './expressions.js'
import { linesOf } from './lines.js'
import { type Words, wordsOf } from './words.js'

/** Tells of a line whether one of the patterns is in it. */
function searchOf(process: Process, { has, all, operands }: Words): (line: string) => boolean {
  const given = has('e', 'f') ? all('e') : operands.slice(0, 1)
  const read = all('f').flatMap(path => linesOf(process.content(path) ?? ''))
  const patterns = [...given.flatMap(pattern => pattern.split('\n')), ...read]
  if (has('F')) return line => patterns.some(each => (has('x') ? line === each : line.includes(each)))
  const expressions = patterns.map(pattern => {
    const source = has('E') ? extendedExpression(pattern) : basicExpression(pattern)
    return new RegExp(has('x') ? `^(?:${source})$` : source, has('i') ? 'i' : '')
  })
  return line => expressions.some(expression => expression.test(line))
}

/** Looks for lines. */
export const grep: Program = process => {
  const words = wordsOf(process, 'E F c h i l q r s v x e= f= include=')
  const { has, value, operands } = words
  const found = searchOf(process, words)
  const rest = has('e', 'f') ? operands : operands.slice(1)
  const files = has('r') ? below(process, rest, value('include')) : rest
  const isNamed = files.length > 1 && !has('h')
  let code = 1
  for (const path of files.length > 0 ? files : ['-']) {
    const text = has('s') && path !== '-' ? process.files.tryRead(path) : process.content(path)
    if (text === undefined) {
      if (code === 1) code = 2
      continue
    }
    const lines = linesOf(text).filter(line => found(line) !== has('v'))
    if (lines.length > 0) code = 0
    if (has('q')) continue
    if (has('l')) process.out(lines.length > 0 ? `${path}\n` : '')
    else if (has('c')) process.out(`${lines.length}\n`)
    else for (const line of lines) process.out(`${isNamed ? `${path}:` : ''}${line}\n`)
  }
  return code
}

function below(process: Process, paths: readonly string[], include = '*'): string[] {
  const ending = include.replace(/^\*/, '')
  return paths.flatMap(path =>
    [...process.files.walk(path)].flatMap(([found, node]) =>
      node.kind === 'file' && found.endsWith(ending) ? [found] : [],
    ),
  )
}

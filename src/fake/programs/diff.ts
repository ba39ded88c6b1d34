import type { FileAccess } from '../machine/file-access.js'
import type { Program } from '../shell/process.js'
import { linesOf } from './lines.js'
import { wordsOf } from './words.js'

/** `diff`: which lines of two files differ, without those around them; or, with `-rq`, which files of two directories. */
export const diff: Program = process => {
  const { has, operands } = wordsOf(process, 'N r q U=')
  const [one = '', other = ''] = operands
  const missing = operands.find(path => !process.files.peek(path))
  if (missing !== undefined && !has('N')) return process.fail(`${missing}: No such file or directory`, 2)
  const told = has('r') ? differingFiles(process.files, one, other) : changedLines(process.files, one, other)
  process.out(told.map(line => `${line}\n`).join(''))
  return told.length > 0 ? 1 : 0
}

function differingFiles(files: FileAccess, one: string, other: string): readonly string[] {
  const [left, right] = [files.list(one), files.list(other)]
  if (!left || !right)
    return files.tryRead(one) === files.tryRead(other) ? [] : [`Files ${one} and ${other} differ`]
  return [...new Set([...left, ...right])].sort().flatMap(name => {
    if (!left.includes(name)) return [`Only in ${other}: ${name}`]
    if (!right.includes(name)) return [`Only in ${one}: ${name}`]
    return differingFiles(files, `${one}/${name}`, `${other}/${name}`)
  })
}

function changedLines(files: FileAccess, one: string, other: string): readonly string[] {
  const [left = [], right = []] = [one, other].map(path => linesOf(files.tryRead(path) ?? ''))
  const changes = compared(left, right)
  return changes.length > 0 ? [`--- ${one}`, `+++ ${other}`, ...changes] : []
}

/** What has to be taken away from lines, and put there, to make them others. */
function compared(left: readonly string[], right: readonly string[]): readonly string[] {
  const [first, ...rest] = left
  if (first === undefined) return right.map(line => `+${line}`)
  const at = right.indexOf(first)
  if (at < 0) return [`-${first}`, ...compared(rest, right)]
  return [...right.slice(0, at).map(line => `+${line}`), ...compared(rest, right.slice(at + 1))]
}

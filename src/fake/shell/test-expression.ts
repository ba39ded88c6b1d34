import type { FileAccess } from '../machine/file-access.js'
import { type FileTreeNode, sizeOf } from '../machine/file-node.js'

const COMPARISONS: Readonly<Record<string, (left: string, right: string) => boolean>> = {
  '=': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '-eq': (left, right) => Number(left) === Number(right),
  '-ne': (left, right) => Number(left) !== Number(right),
  '-lt': (left, right) => Number(left) < Number(right),
  '-le': (left, right) => Number(left) <= Number(right),
  '-gt': (left, right) => Number(left) > Number(right),
  '-ge': (left, right) => Number(left) >= Number(right),
}

/** What is asked of a file that is there; links are followed. */
const QUESTIONS: Readonly<Record<string, (node: FileTreeNode, files: FileAccess) => boolean>> = {
  '-e': () => true,
  '-f': node => node.kind === 'file',
  '-d': node => node.kind === 'directory',
  '-s': node => sizeOf(node) > 0,
  '-S': node => node.kind === 'socket',
  '-O': (node, { user }) => node.owner === user.name,
  '-r': (node, { tree, user }) => tree.allows(user, node, 4),
  '-w': (node, { tree, user }) => tree.allows(user, node, 2),
  '-x': (node, { tree, user }) => tree.allows(user, node, 1),
}

/** What `test` and `[` say of their words; undefined for what is no expression. */
export function test(words: readonly string[], files: FileAccess): boolean | undefined {
  const [first = '', second = '', third = ''] = words
  if (words.length < 2) return first !== ''
  const comparison = words.length === 3 ? COMPARISONS[second] : undefined
  if (comparison) return comparison(first, third)
  if (first === '!') {
    const verdict = test(words.slice(1), files)
    return verdict === undefined ? undefined : !verdict
  }
  if (words.length > 2) return undefined
  if (first === '-n') return second !== ''
  if (first === '-z') return second === ''
  if (first === '-L') return second !== '' && files.peek(second, false)?.kind === 'link'
  const question = QUESTIONS[first]
  const node = second === '' ? undefined : files.peek(second)
  return question && node !== undefined && question(node, files)
}

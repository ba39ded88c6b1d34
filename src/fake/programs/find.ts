import type { FileTreeNode } from '../machine/file-node.js'
import type { Program } from '../shell/process.js'
import { FindExpression, type Visit } from './find-expression.js'

/** Looks for files. */
export const find: Program = process => {
  const begin = process.args.findIndex(word => /^[-!(]/.test(word))
  const at = begin < 0 ? process.args.length : begin
  const starts = at === 0 ? ['.'] : process.args.slice(0, at)
  const expression = new FindExpression(process, process.args.slice(at))
  let code = 0
  const visit = (path: string, start: string, node: FileTreeNode, depth: number) => {
    if (expression.quit) return
    const here: Visit = { path, start, node, prune: false }
    if (depth >= expression.minDepth && expression.test(here) && !expression.hasAction)
      process.out(`${path}\n`)
    if (node.kind !== 'directory' || here.prune || depth >= expression.maxDepth) return
    for (const [name, child] of [...node.entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
      visit(`${path.replace(/\/$/, '')}/${name}`, start, child, depth + 1)
    }
  }
  for (const start of starts) {
    const node = process.files.peek(start, start.endsWith('/'))
    if (node) visit(start, start, node, 0)
    else code = process.fail(`'${start}': No such file or directory`)
  }
  for (const { words, paths } of expression.pending.filter(each => each.paths.length > 0))
    code = Math.max(code, process.spawn(words.flatMap(each => (each === '{}' ? paths : [each]))))
  return code
}

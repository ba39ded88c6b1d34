import type { FileTreeNode } from '../machine/file-node.js'

const WHO: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o1007, a: 0o7777 }
const WHAT: Readonly<Record<string, number>> = { r: 0o444, w: 0o222, x: 0o111, s: 0o6000, t: 0o1000 }

/** Permissions after what `chmod` is told: `640`, or `g+rwX,o=`. */
export function changedMode(node: Pick<FileTreeNode, 'mode' | 'kind'>, text: string): number {
  if (/^[0-7]+$/.test(text)) return Number.parseInt(text, 8)
  let { mode } = node
  for (const clause of text.split(',')) {
    const [, who = '', operator = '+', letters = ''] = /^([ugoa]*)([-+=])([rwxXst]*)$/.exec(clause) ?? []
    const mask = [...(who || 'a')].reduce((bits, letter) => bits | (WHO[letter] ?? 0), 0)
    const canRun = node.kind === 'directory' || (mode & 0o111) !== 0
    const wanted = [...letters].reduce((bits, letter) => {
      if (letter === 'X') return canRun ? bits | 0o111 : bits
      return bits | (WHAT[letter] ?? 0)
    }, 0)
    if (operator === '+') mode |= wanted & mask
    else if (operator === '-') mode &= ~(wanted & mask)
    else mode = (mode & ~(mask & 0o777)) | (wanted & mask)
  }
  return mode
}

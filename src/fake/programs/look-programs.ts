import { posix } from 'node:path'
import { type FileTreeNode, modeBits, sizeOf } from '../machine/file-node.js'
import type { Users } from '../machine/users.js'
import type { Program } from '../shell/process.js'
import { unexpected } from '../unexpected.js'
import { each } from './operands.js'
import { wordsOf } from './words.js'

const stat: Program = process => {
  const { has, value, operands } = wordsOf(process, 'L c=')
  const tell = (path: string) => {
    const node = process.files.find(path, has('L'))
    process.out(`${described(path, node, process.machine.users, value('c') ?? '%n')}\n`)
  }
  return each(process, operands, path => `cannot statx '${path}'`, tell)
}

const KINDS = {
  directory: 'directory',
  link: 'symbolic link',
  device: 'character special file',
  socket: 'socket',
} as const

function kindOf(node: FileTreeNode): string {
  if (node.kind !== 'file') return KINDS[node.kind]
  return node.content === '' ? 'regular empty file' : 'regular file'
}

function described(path: string, node: FileTreeNode, users: Users, format: string): string {
  const seconds = node.mtime / 1000
  const letters: Readonly<Record<string, string | number>> = {
    n: path,
    a: node.mode.toString(8),
    f: modeBits(node).toString(16),
    F: kindOf(node),
    s: sizeOf(node),
    Y: Math.floor(seconds),
    '.Y': seconds.toFixed(9),
    y: `${new Date(node.mtime).toISOString().replace('T', ' ').replace('Z', '000000')} +0000`,
    u: users.find(node.owner)?.uid ?? 65534,
    g: users.gidOf(node.group),
    U: node.owner,
    G: node.group,
    i: node.id,
  }
  return format.replace(/%(\.?.)/g, (written, letter: string) => {
    const text = letters[letter]
    if (text === undefined)
      throw unexpected(`print ${written} by stat`, 'a server in memory does not know it')
    return String(text)
  })
}

const readlink: Program = process => {
  const { has, operands } = wordsOf(process, 'f')
  const { files } = process
  let code = 0
  for (const path of operands) {
    const node = files.peek(path, false)
    const target = node?.kind === 'link' ? node.target : undefined
    const found = has('f') ? files.realPath(path) : target
    if (found === undefined) code = 1
    else process.out(`${found}\n`)
  }
  return code
}

const realpath: Program = process => {
  const { has, value, operands } = wordsOf(process, 'e relative-to=')
  const { files, user } = process
  const real = (path: string) => files.tree.realPath(user, files.absolute(path))
  const base = value('relative-to')
  const tell = (path: string) => {
    if (has('e')) files.find(path)
    process.out(`${base === undefined ? real(path) : posix.relative(real(base), real(path)) || '.'}\n`)
  }
  return each(process, operands, path => path, tell)
}

const ls: Program = process => {
  const { has, operands } = wordsOf(process, 'A d t')
  const { files } = process
  const sorted = (paths: readonly string[]) =>
    has('t')
      ? paths.toSorted((a, b) => files.find(b, false).mtime - files.find(a, false).mtime)
      : paths.toSorted()
  const [single, directories]: [string[], string[]] = [[], []]
  let code = 0
  for (const path of operands.length > 0 ? operands : ['.']) {
    const node = files.peek(path, !has('d'))
    if (!node) code = process.fail(`cannot access '${path}': No such file or directory`, 2)
    else (node.kind === 'directory' && !has('d') ? directories : single).push(path)
  }
  const inside = directories.flatMap(path => sorted((files.list(path) ?? []).map(name => `${path}/${name}`)))
  const names = inside.map(path => posix.basename(path)).filter(name => has('A') || !name.startsWith('.'))
  for (const name of [...sorted(single), ...names]) process.out(`${name}\n`)
  return code
}

const df: Program = process => {
  const { has } = wordsOf(process, 'P k i')
  const { full } = process.machine.tree
  const [total, used] = has('i') ? [6_000_000, 60_000] : [100_000_000, full ? 100_000_000 : 20_000_000]
  const percent = Math.round((used / total) * 100)
  process.out('Filesystem     1024-blocks      Used Available Capacity Mounted on\n')
  process.out(`/dev/vda1 ${total} ${used} ${total - used} ${percent}% /\n`)
  return 0
}

const basename: Program = process => {
  const [path = '', suffix = ''] = wordsOf(process, '').operands
  process.out(`${posix.basename(path, suffix)}\n`)
  return 0
}

const dirname: Program = process => {
  for (const path of wordsOf(process, '').operands) process.out(`${posix.dirname(path)}\n`)
  return 0
}

/** What looks at files and their names. */
export const LOOK_PROGRAMS: Readonly<Record<string, Program>> = {
  stat,
  readlink,
  realpath,
  ls,
  df,
  basename,
  dirname,
}

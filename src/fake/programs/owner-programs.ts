import { FileFailure } from '../machine/file-failure.js'
import type { FileTreeNode } from '../machine/file-node.js'
import type { Process, Program } from '../shell/process.js'
import { changedMode } from './mode.js'
import { each, into } from './operands.js'
import { wordsOf } from './words.js'

/** All that a program is about that may go through directories. */
function nodesOf({ files }: Process, path: string, { deep = false, follow = true }): readonly FileTreeNode[] {
  return deep ? [...files.walk(path)].map(([, node]) => node) : [files.find(path, follow)]
}

const chmod: Program = process => {
  const { user, files } = process
  const { has, value, operands } = wordsOf(process, 'R reference=')
  const reference = value('reference')
  const [mode = '', ...paths] = reference === undefined ? operands : ['', ...operands]
  const change = (path: string) => {
    for (const node of nodesOf(process, path, { deep: has('R') })) {
      if (user.name !== 'root' && node.owner !== user.name) throw new FileFailure('EPERM')
      const next = reference === undefined ? changedMode(node, mode) : files.find(reference).mode
      if (node.kind !== 'link') node.mode = next
    }
  }
  return each(process, paths, path => `changing permissions of '${path}'`, change)
}

/** Gives a node to somebody: root may do all, others may only choose among their groups. */
function give({ user }: Process, node: FileTreeNode, owner: string, group: string): void {
  const isOwn = node.owner === user.name && owner === user.name && user.groups.includes(group)
  const isSame = node.owner === owner && node.group === group
  if (!isOwn && !isSame && user.name !== 'root') throw new FileFailure('EPERM')
  Object.assign(node, { owner, group })
}

const chown: Program = process => {
  const { has, value, operands } = wordsOf(process, 'R h reference=')
  const reference = value('reference')
  const [given = '', ...paths] = reference === undefined ? operands : ['', ...operands]
  const [owner = '', group = ''] = given.split(':')
  if (owner !== '' && !process.machine.users.find(owner)) return process.fail(`invalid user: '${given}'`)
  const change = (path: string) => {
    const like = reference === undefined ? { owner, group } : process.files.find(reference)
    for (const node of nodesOf(process, path, { deep: has('R'), follow: !has('h') }))
      give(process, node, like.owner || node.owner, like.group || node.group)
  }
  return each(process, paths, path => `changing ownership of '${path}'`, change)
}

const chgrp: Program = process => {
  const { has, operands } = wordsOf(process, 'R')
  const [group = '', ...paths] = operands
  const change = (path: string) => {
    for (const node of nodesOf(process, path, { deep: has('R') })) give(process, node, node.owner, group)
  }
  return each(process, paths, path => `changing group of '${path}'`, change)
}

const install: Program = process => {
  const { has, value, operands } = wordsOf(process, 'd o= g= m=')
  const { files, user } = process
  const finish = (path: string) => {
    const node = files.find(path)
    node.mode = changedMode(node, value('m') ?? '755')
    give(process, node, value('o') ?? node.owner, value('g') ?? node.group)
  }
  if (has('d')) {
    const make = (path: string) => {
      files.makeDirectories(path)
      finish(path)
    }
    return each(process, operands, path => `cannot create directory '${path}'`, make)
  }
  const target = operands.at(-1) ?? ''
  const put = (path: string) => {
    const to = into(files, path, target)
    const content = process.read(path)
    if (files.peek(to, false)) files.tree.remove(user, files.absolute(to))
    files.write(to, content)
    finish(to)
  }
  return each(process, operands.slice(0, -1), () => `cannot create regular file '${target}'`, put)
}

/** What says whose files are, and who may do what with them. */
export const OWNER_PROGRAMS: Readonly<Record<string, Program>> = { chmod, chown, chgrp, install }

import { posix } from 'node:path'
import { FileFailure } from './file-failure.js'
import type { DirectoryNode, FileNode, FileTreeNode, LinkNode } from './file-node.js'
import type { User } from './users.js'

const MOST_LINKS = 40

/** Where a path leads: the directory that it is in, its last name, and what is there, if anything. */
export interface Place {
  readonly parent: DirectoryNode
  readonly name: string
  readonly node: FileTreeNode | undefined
  /** The names of the directories above it, from the root. */
  readonly above: readonly { readonly name: string }[]
}

/** Absolute, without links but for the last name. */
function pathOf({ above, name }: Place): string {
  return posix.normalize(`/${above.map(each => `${each.name}/`).join('')}${name}`)
}

/** Who makes something, and how. */
export interface Making {
  readonly user: User
  readonly mode: number
}

/** The files of a server, in memory. Paths are absolute; permissions count, but not for root. */
export class FileTree {
  readonly root: DirectoryNode
  #count = 0
  /** True: nothing can be written any more. */
  full = false

  constructor(
    private readonly now: () => number,
    /** Bytes of the kernel's random generator. */
    readonly random: (bytes: number) => string,
  ) {
    this.root = { ...this.#base('root', 'root', 0o755), kind: 'directory', entries: new Map() }
  }

  /** True if a user may read (4), write (2) or enter (1). */
  allows(user: User, node: FileTreeNode, bit: 1 | 2 | 4): boolean {
    if (user.name === 'root') return bit !== 1 || node.kind === 'directory' || (node.mode & 0o111) !== 0
    if (node.kind === 'link') return true
    if (node.owner === user.name) return (node.mode & (bit << 6)) !== 0
    if (user.groups.includes(node.group)) return (node.mode & (bit << 3)) !== 0
    return (node.mode & bit) !== 0
  }

  /**
   * Where a path leads. The last name is followed if it is a link and `follow` says so.
   *
   * @throws {@link FileFailure} when it leads nowhere; the last name may be missing
   */
  locate(user: User, path: string, follow: boolean): Place {
    let names = path.split('/').filter(name => name !== '' && name !== '.')
    const trailing = /\/\.?$/.test(path) && names.length > 0
    const trail: { name: string; node: DirectoryNode }[] = []
    let links = 0
    const here = () => trail.at(-1)?.node ?? this.root
    while (names.length > 0) {
      const [name = '', ...rest] = names
      if (!this.allows(user, here(), 1)) throw new FileFailure('EACCES')
      names = rest
      if (name === '..') {
        trail.pop()
        continue
      }
      const node = here().entries.get(name)
      const isLast = rest.length === 0
      if (node?.kind === 'link' && (!isLast || follow || trailing)) {
        links += 1
        if (links > MOST_LINKS) throw new FileFailure('ELOOP')
        if (node.target.startsWith('/')) trail.length = 0
        names = [...node.target.split('/').filter(each => each !== '' && each !== '.'), ...rest]
        continue
      }
      if (isLast) {
        if (trailing && node && node.kind !== 'directory') throw new FileFailure('ENOTDIR')
        return { parent: here(), name, node, above: trail }
      }
      if (!node) throw new FileFailure('ENOENT')
      if (node.kind !== 'directory') throw new FileFailure('ENOTDIR')
      trail.push({ name, node })
    }
    const last = trail.pop() ?? { name: '.', node: this.root }
    return { parent: here(), name: last.name, node: last.node, above: trail }
  }

  /** What is at a path. @throws {@link FileFailure} when there is nothing */
  find(user: User, path: string, follow = true): FileTreeNode {
    const { node } = this.locate(user, path, follow)
    if (!node) throw new FileFailure('ENOENT')
    return node
  }

  /** A file for reading, or for writing if it may be made. */
  open(user: User, path: string, how: 'read' | 'write', making?: Making): FileTreeNode {
    const place = this.locate(user, path, true)
    const { node } = place
    if (!node) {
      if (!making) throw new FileFailure('ENOENT')
      return this.#put(user, place, { ...this.#of(making), kind: 'file', content: '' })
    }
    if (node.kind === 'directory' && how === 'write') throw new FileFailure('EISDIR')
    if (node.kind !== 'device' && !this.allows(user, node, how === 'read' ? 4 : 2))
      throw new FileFailure('EACCES')
    return node
  }

  /** Puts bytes into a file in place of what it has, as far as there is room. */
  replace(node: FileNode, content: string): void {
    if (this.full && content.length > node.content.length) throw new FileFailure('ENOSPC')
    node.content = content
    node.mtime = this.now()
  }

  /** Makes a directory; it must not be there. */
  makeDirectory(path: string, making: Making): DirectoryNode {
    const place = this.locate(making.user, path, false)
    if (place.node) throw new FileFailure('EEXIST')
    const node: DirectoryNode = { ...this.#of(making), kind: 'directory', entries: new Map() }
    const { parent } = place
    if ((parent.mode & 0o2000) !== 0) Object.assign(node, { group: parent.group, mode: node.mode | 0o2000 })
    this.#put(making.user, place, node)
    return node
  }

  /** Makes a symbolic link; nothing may be there. */
  makeLink(target: string, path: string, user: User): LinkNode {
    const place = this.locate(user, path, false)
    if (place.node) throw new FileFailure('EEXIST')
    const node: LinkNode = { ...this.#of({ user, mode: 0o777 }), kind: 'link', target }
    this.#put(user, place, node)
    return node
  }

  /** Makes a device, for root. */
  makeDevice(path: string, device: 'null' | 'random', user: User): void {
    const place = this.locate(user, path, false)
    this.#put(user, place, { ...this.#of({ user, mode: 0o666 }), kind: 'device', device })
  }

  /** Makes a socket; nothing may be there. */
  makeSocket(path: string, user: User): void {
    const place = this.locate(user, path, false)
    if (place.node) throw new FileFailure('EEXIST')
    this.#put(user, place, { ...this.#of({ user, mode: 0o777 }), kind: 'socket' })
  }

  /** Gives a node one more name. */
  hardLink(user: User, from: string, path: string): void {
    const node = this.find(user, from, false)
    const place = this.locate(user, path, false)
    if (place.node) throw new FileFailure('EEXIST')
    if (node.kind === 'directory') throw new FileFailure('EPERM')
    this.#put(user, place, node)
  }

  /** Takes a name away; a directory has to be empty. */
  remove(user: User, path: string): void {
    const { parent, name, node } = this.locate(user, path, false)
    if (!node) throw new FileFailure('ENOENT')
    if (node.kind === 'directory' && node.entries.size > 0) throw new FileFailure('ENOTEMPTY')
    this.#checkChange(user, parent, node)
    parent.entries.delete(name)
    parent.mtime = this.now()
  }

  /** Renames, in place of what may be there: a directory only in place of an empty one, anything else not of a directory. */
  rename(user: User, from: string, to: string): void {
    const source = this.locate(user, from, false)
    const target = this.locate(user, to, false)
    const { node } = source
    if (!node) throw new FileFailure('ENOENT')
    if (target.node === node) return
    if (`${pathOf(target)}/`.startsWith(`${pathOf(source)}/`)) throw new FileFailure('EINVAL')
    if (target.node?.kind === 'directory' && node.kind !== 'directory') throw new FileFailure('EISDIR')
    if (target.node && target.node.kind !== 'directory' && node.kind === 'directory')
      throw new FileFailure('ENOTDIR')
    if (target.node?.kind === 'directory' && target.node.entries.size > 0) throw new FileFailure('ENOTEMPTY')
    this.#checkChange(user, source.parent, node)
    this.#checkChange(user, target.parent, target.node)
    source.parent.entries.delete(source.name)
    target.parent.entries.set(target.name, node)
    source.parent.mtime = this.now()
    target.parent.mtime = this.now()
  }

  /** Swaps what two names stand for. */
  exchange(user: User, one: string, other: string): void {
    const [first, second] = [this.locate(user, one, false), this.locate(user, other, false)]
    if (!first.node || !second.node) throw new FileFailure('ENOENT')
    this.#checkChange(user, first.parent, first.node)
    this.#checkChange(user, second.parent, second.node)
    first.parent.entries.set(first.name, second.node)
    second.parent.entries.set(second.name, first.node)
  }

  /** The path without any link in it; the last name may be missing. */
  realPath(user: User, path: string): string {
    return pathOf(this.locate(user, path, true))
  }

  #checkChange(user: User, parent: DirectoryNode, node: FileTreeNode | undefined): void {
    if (!this.allows(user, parent, 2) || !this.allows(user, parent, 1)) throw new FileFailure('EACCES')
    const isSticky = (parent.mode & 0o1000) !== 0 && node && user.name !== 'root'
    if (isSticky && node.owner !== user.name && parent.owner !== user.name) throw new FileFailure('EPERM')
  }

  #put<Node extends FileTreeNode>(user: User, { parent, name }: Place, node: Node): Node {
    this.#checkChange(user, parent, undefined)
    if (this.full) throw new FileFailure('ENOSPC')
    parent.entries.set(name, node)
    parent.mtime = this.now()
    return node
  }

  #of({ user, mode }: Making) {
    return this.#base(user.name, user.group, mode)
  }

  #base(owner: string, group: string, mode: number) {
    this.#count += 1
    return { id: this.#count, mode, owner, group, mtime: this.now() }
  }
}

import { posix } from 'node:path'
import { FileFailure } from './file-failure.js'
import type { DirectoryNode, FileTreeNode } from './file-node.js'
import type { FileTree } from './file-tree.js'
import type { User } from './users.js'

/** The files of a server as a process sees them: with its user, its directory, its mask. */
export class FileAccess {
  constructor(
    readonly tree: FileTree,
    readonly user: User,
    readonly cwd: string,
    readonly umask = 0o022,
  ) {}

  /** A path as seen from the root. */
  absolute(path: string): string {
    if (path === '') throw new FileFailure('ENOENT')
    return path.startsWith('/') ? path : `${this.cwd}/${path}`
  }

  /** What is at a path; undefined if there is nothing, or it cannot be reached. */
  peek(path: string, follow = true): FileTreeNode | undefined {
    return this.#tried(() => this.find(path, follow))
  }

  /** What is at a path. @throws {@link FileFailure} */
  find(path: string, follow = true): FileTreeNode {
    return this.tree.find(this.user, this.absolute(path), follow)
  }

  /** The bytes of a file. @throws {@link FileFailure} */
  read(path: string): string {
    const node = this.tree.open(this.user, this.absolute(path), 'read')
    if (node.kind === 'directory') throw new FileFailure('EISDIR')
    if (node.kind === 'device' && node.device === 'random') return this.tree.random(4096)
    return node.kind === 'file' ? node.content : ''
  }

  /** The bytes of a file; undefined if it cannot be read. */
  tryRead(path: string): string | undefined {
    return this.#tried(() => this.read(path))
  }

  /** Writes a file, which is made if need be. @throws {@link FileFailure} */
  write(path: string, content: string, mode = 0o666): void {
    const node = this.openToWrite(path, mode)
    if (node.kind !== 'file') return
    this.tree.replace(node, '')
    this.tree.replace(node, content)
  }

  /** Opens a file for writing; it is made if need be. @throws {@link FileFailure} */
  openToWrite(path: string, mode = 0o666): FileTreeNode {
    const making = { user: this.user, mode: mode & ~this.umask }
    return this.tree.open(this.user, this.absolute(path), 'write', making)
  }

  /** Makes a directory. @throws {@link FileFailure} */
  makeDirectory(path: string, mode = 0o777): DirectoryNode {
    return this.tree.makeDirectory(this.absolute(path), { user: this.user, mode: mode & ~this.umask })
  }

  /** Makes a directory and those above it, as far as they are missing. @throws {@link FileFailure} */
  makeDirectories(path: string, mode = 0o777): void {
    const absolute = posix.normalize(this.absolute(path))
    const node = this.peek(absolute)
    if (node?.kind === 'directory') return
    if (node || this.peek(absolute, false)) throw new FileFailure('EEXIST')
    const above = posix.dirname(absolute)
    if (above !== absolute) this.makeDirectories(above)
    this.makeDirectory(absolute, mode)
  }

  /** Removes what is at a path, with all that is in it. @throws {@link FileFailure} */
  removeAll(path: string): void {
    const node = this.find(path, false)
    if (node.kind === 'directory') {
      for (const name of [...node.entries.keys()]) this.removeAll(`${path}/${name}`)
    }
    this.tree.remove(this.user, this.absolute(path))
  }

  /** Copies what is at a path, with all that is in it. @throws {@link FileFailure} */
  copy(from: string, to: string, keep: boolean): void {
    const node = this.find(from, false)
    if (node.kind === 'link') this.tree.makeLink(node.target, this.absolute(to), this.user)
    else if (node.kind === 'directory') {
      if (this.peek(to)?.kind !== 'directory') this.makeDirectory(to)
      for (const name of node.entries.keys()) this.copy(`${from}/${name}`, `${to}/${name}`, keep)
    } else this.write(to, this.read(from), node.mode)
    const copied = this.peek(to, false)
    if (!keep || !copied || node.kind === 'link') return
    Object.assign(copied, { mode: node.mode, mtime: node.mtime })
    if (this.user.name === 'root') Object.assign(copied, { owner: node.owner, group: node.group })
  }

  /** All that is below a directory, links not followed: the directory itself first. */
  *walk(path: string): Generator<readonly [string, FileTreeNode]> {
    const node = this.peek(path, false)
    if (!node) return
    yield [path, node]
    if (node.kind !== 'directory') return
    for (const name of [...node.entries.keys()].sort()) yield* this.walk(`${path.replace(/\/$/, '')}/${name}`)
  }

  /** True if somebody listens on a socket of that path. */
  listens(path: string): boolean {
    return this.peek(path)?.kind === 'socket'
  }

  /** The names in a directory; undefined if there is none. */
  list(path: string): readonly string[] | undefined {
    const node = this.peek(path)
    return node?.kind === 'directory' ? [...node.entries.keys()] : undefined
  }

  /** A path without any link in it, of which the last name may be missing; undefined if it leads nowhere. */
  realPath(path: string): string | undefined {
    return this.#tried(() => this.tree.realPath(this.user, this.absolute(path)))
  }

  #tried<Result>(act: () => Result): Result | undefined {
    try {
      return act()
    } catch (error) {
      if (error instanceof FileFailure) return undefined
      throw error
    }
  }
}

import type { Dirent } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { join, posix } from 'node:path'
import type { Exclusion } from './exclusion.js'

/** One thing in a tree. The path of the top is empty. */
export interface TreeEntry {
  readonly path: string
  readonly type: 'file' | 'directory' | 'link' | 'other'
  readonly size: number
  readonly mode: number
  /** Seconds. */
  readonly mtime: number
  /** Where a link points to. */
  readonly target: string
  readonly device: string
}

/** What a transfer does not take along, and the reason. */
export interface SkippedEntry {
  /** Below the top of the tree. */
  readonly path: string
  readonly why: string
}

/** Whether a link leads out of the tree that it is in; rsync judges the same. */
export function leadsOut(path: string, target: string): boolean {
  if (target === '' || posix.isAbsolute(target)) return true
  const below = target.replace(/^(\.\.\/+)+/, '')
  if (below.includes('/../') || (target.length > 3 && target.endsWith('/..'))) return true
  const up = target.split('/').filter(part => part === '..').length
  return up > path.split('/').length - 1
}

/** A tree as it was found: what is in it, from the top down, and what is left alone. */
export class Tree {
  readonly entries = new Map<string, TreeEntry>()
  readonly skipped: SkippedEntry[] = []
  /** What is excluded or skipped, so that it stays where it is. */
  readonly alone = new Set<string>()

  constructor(
    private readonly exclusion: Exclusion,
    /** A source is sent: only what can be sent belongs to it. */
    private readonly role: 'source' | 'target',
  ) {}

  /** Takes an entry in, those above it first; tells whether what is below it belongs to the tree. */
  add(entry: TreeEntry): boolean {
    const { path, type } = entry
    if (path !== '') {
      const parent = this.entries.get(parentOf(path))
      if (parent?.type !== 'directory') return false
      if (this.exclusion.covers(path, type === 'directory')) {
        this.alone.add(path)
        return false
      }
      const why = this.role === 'source' ? reasonToSkip(entry) : undefined
      if (why) {
        this.skipped.push({ path, why })
        this.alone.add(path)
        return false
      }
    }
    this.entries.set(path, entry)
    return type === 'directory'
  }

  get files(): number {
    return [...this.entries.values()].filter(({ type }) => type === 'file').length
  }

  get bytes(): number {
    return [...this.entries.values()].reduce((sum, { type, size }) => sum + (type === 'file' ? size : 0), 0)
  }
}

function reasonToSkip({ path, type, target }: TreeEntry): string | undefined {
  if (type === 'other') return 'it is a socket, a device or a named pipe'
  if (path.includes('\uFFFD') || target.includes('\uFFFD')) return 'its name is not UTF-8'
  if (type === 'link' && leadsOut(path, target)) return `it is a link out of the tree, to ${target}`
  return undefined
}

/** The path of the directory that an entry is in. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? '' : path.slice(0, slash)
}

function typeOf(stat: Pick<Dirent, 'isFile' | 'isDirectory' | 'isSymbolicLink'>): TreeEntry['type'] {
  if (stat.isFile()) return 'file'
  if (stat.isDirectory()) return 'directory'
  return stat.isSymbolicLink() ? 'link' : 'other'
}

/** What is at a path of this machine. */
export async function entryAt(file: string, path: string): Promise<TreeEntry> {
  const stat = await lstat(file)
  const type = typeOf(stat)
  return {
    ...{ path, type, size: stat.size, mode: stat.mode & 0o7777, device: String(stat.dev) },
    mtime: Math.floor(stat.mtimeMs / 1000),
    target: type === 'link' ? await readlink(file) : '',
  }
}

/** Looks through a tree of this machine. */
export async function walk(top: string, exclusion: Exclusion, role: 'source' | 'target'): Promise<Tree> {
  const tree = new Tree(exclusion, role)
  const visit = async (path: string) => {
    const names = (await readdir(join(top, path))).sort()
    const entries = await Promise.all(
      names.map(name => entryAt(join(top, path, name), path === '' ? name : `${path}/${name}`)),
    )
    for (const entry of entries) if (tree.add(entry)) await visit(entry.path)
  }
  const root = await entryAt(join(top, '.'), '') // with the dot a link to a directory is followed
  if (tree.add(root)) await visit('')
  return tree
}

/** What `find` prints for {@link parseEntries}; a field cannot hold a NUL character, so nothing can be faked. */
export const FIND_FORMAT = '%y %s %m %T@ %D %P\\0%l\\0'

const FOUND: Readonly<Record<string, TreeEntry['type']>> = { f: 'file', d: 'directory', l: 'link' }

/** Reads what `find` printed, from the top down. */
export function parseEntries(
  fields: readonly string[],
  exclusion: Exclusion,
  role: 'source' | 'target',
): Tree {
  const tree = new Tree(exclusion, role)
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [, type = '', size, mode = '', seconds, device = '', path = ''] =
      /^(\S) (\d+) (\d+) (-?\d+)\S* (\d+) (.*)$/s.exec(fields[index] ?? '') ?? []
    tree.add({
      ...{ path, type: FOUND[type] ?? 'other', size: Number(size), mode: Number.parseInt(mode, 8) },
      ...{ mtime: Number(seconds), target: fields[index + 1] ?? '', device },
    })
  }
  return tree
}

import { parentOf, type Tree, type TreeEntry } from './tree.js'

/** What makes the target like the source. */
export interface TreePlan {
  /** What is sent, from the top down. */
  readonly send: readonly TreeEntry[]
  /** Paths that are removed before. */
  readonly remove: readonly string[]
  /** Directories that come as a whole: renamed into place, with all that is below them. */
  readonly whole: readonly string[]
  /** Directories of the target that single files and links are renamed into. */
  readonly into: readonly string[]
  /** What is already there and gets its mode and time, from the bottom up. */
  readonly adjust: readonly TreeEntry[]
  /** Directories that stand in the way of something else, though nothing may be removed. */
  readonly blocked: readonly string[]
  /** Directories on another file system, where nothing can be renamed to. */
  readonly foreign: readonly string[]
}

function same(one: TreeEntry, other: TreeEntry): boolean {
  if (one.type !== other.type) return false
  if (one.type === 'file') return one.size === other.size && one.mtime === other.mtime
  return one.type === 'directory' || one.target === other.target
}

/** Above what is left alone there is nothing to remove as a whole. */
function keptAbove(tree: Tree): Set<string> {
  const kept = new Set<string>()
  for (const alone of tree.alone) {
    for (let path = parentOf(alone); !kept.has(path); path = parentOf(path)) kept.add(path)
  }
  return kept
}

function superfluous(source: Tree, target: Tree): string[] {
  const kept = keptAbove(target)
  const gone = new Set<string>()
  const top: string[] = []
  for (const path of target.entries.keys()) {
    if (path !== '' && gone.has(parentOf(path))) gone.add(path)
    else if (!source.entries.has(path) && !source.alone.has(path) && !kept.has(path)) {
      gone.add(path)
      top.push(path)
    }
  }
  return top
}

/** Compares two trees; what differs in type, size, time or destination is sent. */
export function planOf(source: Tree, target: Tree, removes: boolean): TreePlan {
  const [send, adjust] = [[] as TreeEntry[], [] as TreeEntry[]]
  const [remove, blocked] = [removes ? superfluous(source, target) : [], [] as string[]]
  const [fresh, whole, into] = [new Set<string>(), [] as string[], new Set<string>()]
  const device = target.entries.get('')?.device
  const foreign: string[] = []
  for (const entry of source.entries.values()) {
    const { path, type } = entry
    const there = target.entries.get(path)
    if (there && same(there, entry)) {
      const differs = there.mode !== entry.mode || (type === 'directory' && there.mtime !== entry.mtime)
      if (differs && type !== 'link') adjust.push(entry)
      continue
    }
    send.push(entry)
    if (there?.type === 'directory' && !removes) blocked.push(path)
    if (there && (there.type === 'directory' || type === 'directory')) remove.push(path)
    const parent = parentOf(path)
    if (type === 'directory') {
      fresh.add(path)
      if (path === '' || !fresh.has(parent)) whole.push(path)
      if (path !== '' && !fresh.has(parent)) into.add(parent)
    } else if (!fresh.has(parent)) into.add(parent)
  }
  for (const path of [...into, ...remove.map(parentOf)]) {
    const entry = source.entries.get(path)
    if (entry?.type === 'directory' && !fresh.has(path)) adjust.push(entry)
    if (into.has(path) && target.entries.get(path)?.device !== device) foreign.push(path)
  }
  const lastly = send.filter(({ type, mode }) => type === 'directory' && (mode & 0o700) !== 0o700)
  const deepestFirst = [...new Set([...adjust, ...lastly])].sort((one, other) =>
    one.path < other.path ? 1 : -1,
  )
  return {
    send,
    remove,
    whole,
    into: [...into],
    adjust: deepestFirst,
    blocked,
    foreign: [...new Set(foreign)],
  }
}

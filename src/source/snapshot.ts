import { createHash } from 'node:crypto'
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  utimes,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import ignore, { type Ignore } from 'ignore'

/** What version control systems keep for themselves. */
const METADATA = new Set(['.git', '.hg', '.svn', 'CVS'])

/** Which files belong to a snapshot, besides what `.gitignore` files say. */
export interface SnapshotRules {
  /** Patterns of what is left out, as in a `.gitignore`. */
  readonly ignored: readonly string[]
  /** Patterns of what is taken although a `.gitignore` leaves it out. */
  readonly included: readonly string[]
}

/** The rules of a directory, and of those above it. */
interface Level {
  readonly path: string
  readonly rules: Ignore
}

function isIgnored(levels: readonly Level[], path: string): boolean {
  for (const { path: top, rules } of levels.toReversed()) {
    const { ignored, unignored } = rules.test(path.slice(top.length))
    if (ignored || unignored) return ignored
  }
  return false
}

/** What is asked of a path: whether it belongs to a snapshot, and whether something below it may. */
class Filter {
  readonly #ignored: Ignore
  readonly #included: Ignore
  readonly #patterns: readonly string[]

  constructor({ ignored, included }: SnapshotRules) {
    this.#ignored = ignore().add([...ignored])
    this.#included = ignore().add([...included])
    this.#patterns = included.map(pattern => pattern.replace(/^\//, ''))
  }

  takes(path: string, levels: readonly Level[]): boolean {
    if (this.#ignored.ignores(path)) return false
    return this.#included.ignores(path) || !isIgnored(levels, path)
  }

  /** True for a directory that is left out, but for what is named below it. */
  leadsTo(path: string): boolean {
    return !this.#ignored.ignores(path) && this.#patterns.some(pattern => pattern.startsWith(path))
  }
}

/** A copy of a directory's files, as git would check them out: that which is deployed does not change meanwhile. */
export class Snapshot {
  private constructor(
    readonly directory: string,
    /** Of names, modes and contents: the same for the same tree. */
    readonly hash: string,
  ) {}

  /** Copies the files of a directory to a temporary one. */
  static async of(directory: string, rules: SnapshotRules): Promise<Snapshot> {
    const filter = new Filter(rules)
    const target = await mkdtemp(join(tmpdir(), 'dye-snapshot-'))
    const hash = createHash('sha256')
    const visit = async (path: string, above: readonly Level[]): Promise<void> => {
      const levels = [...above, ...(await levelOf(directory, path))]
      const entries = await readdir(join(directory, path), { withFileTypes: true })
      entries.sort((one, other) => (one.name < other.name ? -1 : 1))
      for (const entry of entries) {
        const each = `${path}${entry.name}`
        const isDirectory = entry.isDirectory()
        if (METADATA.has(entry.name)) continue
        if (isDirectory) {
          if (filter.takes(`${each}/`, levels) || filter.leadsTo(`${each}/`)) await visit(`${each}/`, levels)
        } else if (filter.takes(each, levels))
          hash.update(await copied(join(directory, each), join(target, each), each))
      }
    }
    try {
      await visit('', [])
      return new Snapshot(target, hash.digest('hex'))
    } catch (error) {
      await rm(target, { recursive: true, force: true })
      throw error
    }
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true })
  }
}

/** The rules of the `.gitignore` in a directory, if there is one. */
async function levelOf(top: string, path: string): Promise<readonly Level[]> {
  const text = await readFile(join(top, path, '.gitignore'), 'utf8').catch(() => undefined)
  return text === undefined ? [] : [{ path, rules: ignore().add(text) }]
}

/** Seconds of 9 September 2001, and how many there may be after that. */
const [EPOCH, SPAN] = [1_000_000_000, 500_000_000]

/**
 * A time that a content always has, and another content hardly ever. Transfers tell by size and time whether a file has
 * changed, and two contents may have been written within a second; and browsers can go on with what they have.
 */
function timeOf(digest: Buffer): number {
  return EPOCH + (digest.readUInt32BE(0) % SPAN)
}

/** Copies a file or link, and tells what is to be hashed of it; what is neither is left out. */
async function copied(from: string, to: string, path: string): Promise<string> {
  const stat = await lstat(from)
  if (!stat.isFile() && !stat.isSymbolicLink()) return ''
  await mkdir(dirname(to), { recursive: true })
  if (stat.isSymbolicLink()) {
    const target = await readlink(from)
    await symlink(target, to)
    return `120000 ${path}\0${target}\0`
  }
  const isProgram = (stat.mode & 0o100) !== 0
  await copyFile(from, to)
  await chmod(to, isProgram ? 0o755 : 0o644)
  const digest = createHash('sha256')
    .update(await readFile(to))
    .digest()
  const content = digest.toString('hex')
  await utimes(to, timeOf(digest), timeOf(digest))
  return `${isProgram ? '100755' : '100644'} ${path}\0${content}\0`
}

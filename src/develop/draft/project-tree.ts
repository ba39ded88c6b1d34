import { type Dirent, readFileSync, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, posix } from 'node:path'

const DEEPEST = 6
const MOST_FILES = 20_000
const LONGEST_TEXT = 512 * 1024

/** What is not the project's own. */
const FOREIGN = new Set([
  'node_modules',
  '__pycache__',
  '.git',
  '.hg',
  '.svn',
  'CVS',
  '.tox',
  '.ve',
  '.venv',
  'venv',
])

const byName = (one: Dirent, other: Dirent) => (one.name < other.name ? -1 : 1)

/** The files of a checkout, which are only ever read: links are not followed. */
export class ProjectTree {
  readonly #known: ReadonlySet<string>

  private constructor(
    readonly directory: string,
    /** Relative to the directory, those near to it first. */
    readonly files: readonly string[],
  ) {
    this.#known = new Set(files)
  }

  /** Lists a directory. */
  static async of(directory: string): Promise<ProjectTree> {
    const files: string[] = []
    let level = ['.']
    for (let depth = 0; depth <= DEEPEST && level.length > 0; depth += 1) {
      const next: string[] = []
      for (const path of level) {
        const entries = await readdir(join(directory, path), { withFileTypes: true })
        if (entries.some(({ name }) => name === 'pyvenv.cfg')) continue
        for (const entry of entries.sort(byName)) {
          const inside = posix.join(path, entry.name)
          if (entry.isFile() && files.length < MOST_FILES) files.push(inside)
          if (entry.isDirectory() && !FOREIGN.has(entry.name)) next.push(inside)
        }
      }
      level = next
    }
    return new ProjectTree(directory, files)
  }

  /** Tells whether there is such a file. */
  has(path: string): boolean {
    return this.#known.has(path)
  }

  /** The text of a file; empty if it is not there, or too long to have been written by people. */
  text(path: string): string {
    return this.has(path) ? this.outside(path) : ''
  }

  /** The text of a file that is none of the project's own, such as those of git. */
  outside(path: string): string {
    const file = posix.isAbsolute(path) ? path : join(this.directory, path)
    const found = statSync(file, { throwIfNoEntry: false })
    return found?.isFile() && found.size <= LONGEST_TEXT ? readFileSync(file, 'utf8') : ''
  }
}

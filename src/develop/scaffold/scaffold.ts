import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { quote } from '../../command/quote.js'
import { OptionError } from '../../errors/option-error.js'
import { firstSteps, laterSteps } from './first-steps.js'
import { projectFiles } from './project-files.js'
import { resolveScaffold, type ScaffoldOptions } from './scaffold-options.js'

/** A project that was made. */
export interface ScaffoldResult {
  /** Its files, relative to its directory. */
  readonly files: readonly string[]
  /** What to do next: commands of the shell, in order. */
  readonly next: readonly string[]
}

const HOW_MANY = 5

/** Refuses a directory that somebody has put something into. */
async function checkEmpty(directory: string): Promise<void> {
  const there = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new OptionError('directory', `${directory} cannot be used: ${error.message}`)
  })
  const inTheWay = there.filter(name => name !== '.git')
  if (inTheWay.length === 0) return
  const named = inTheWay.slice(0, HOW_MANY).join(', ')
  const more = inTheWay.length > HOW_MANY ? ` and ${inTheWay.length - HOW_MANY} more` : ''
  throw new OptionError(
    'directory',
    `${directory} is not empty: ${named}${more}`,
    'name a directory that is not there yet.',
  )
}

async function writeAll(directory: string, files: ReadonlyMap<string, string>): Promise<void> {
  for (const [path, text] of files) {
    const file = join(directory, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
    if (basename(file) === 'manage.py') await chmod(file, 0o755)
  }
}

/** Moves all that is in one directory into another one; if that fails, nothing of it stays there. */
async function moveInto(directory: string, from: string): Promise<void> {
  const moved: string[] = []
  try {
    for (const name of await readdir(from)) {
      await rename(join(from, name), join(directory, name))
      moved.push(name)
    }
  } catch (error) {
    for (const name of moved) await rm(join(directory, name), { recursive: true })
    throw error
  }
}

/**
 * Makes a new Django project: the site with its settings for each environment, a `deployfile.ts` with a test,
 * `package.json` with the scripts `develop`, `test`, `plan`, `deploy` and `rollback`, continuous integration, and a `README.md` that tells
 * how to go on. It appears in its directory as a whole, or not at all; nothing is installed, and git is yours to begin with.
 *
 * @returns its files, and what to do next
 * @throws {@link OptionError} for a value that could not stand in its files, or when something is in the directory
 *
 * @example
 * ```ts
 * const { next } = await scaffold({
 *   directory: 'carers',
 *   project: 'carers',
 *   host: 'deploy@web1.example.org',
 *   repository: 'git@git.example.org:carers.git',
 *   domain: 'carers.example.org',
 * })
 * console.log(next.join('\n'))
 * ```
 */
export async function scaffold(options: ScaffoldOptions): Promise<ScaffoldResult> {
  const resolved = resolveScaffold(options)
  const directory = resolve(options.directory)
  await checkEmpty(directory)
  const files = projectFiles(resolved)
  await mkdir(directory, { recursive: true })
  const unfinished = await mkdtemp(join(directory, '.unfinished-'))
  try {
    await writeAll(unfinished, files)
    await moveInto(directory, unfinished)
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
  return {
    files: [...files.keys()],
    next: [`cd ${quote(options.directory)}`, ...firstSteps(resolved), ...laterSteps(resolved)],
  }
}

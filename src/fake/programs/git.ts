import { posix } from 'node:path'
import type { FakeCommit } from '../machine/repositories.js'
import type { Process, Program } from '../shell/process.js'
import { unexpected } from '../unexpected.js'
import { GitDirectory } from './git-directory.js'
import { type Words, wordsOf } from './words.js'

/** A call of git, in a repository. */
interface Call {
  readonly process: Process
  readonly words: Words
  readonly directory: GitDirectory
}

type Subcommand = (call: Call) => number

const configure: Subcommand = ({ directory, words: { operands } }) => {
  const [key = '', value = ''] = operands
  directory.configure(key, value)
  return 0
}

/** Prints a hash; with `--verify --quiet` nothing if there is none. */
const revParse: Subcommand = ({ process, directory, words: { has, operands } }) => {
  const [name = ''] = operands
  const hash = directory.resolve(name)
  if (hash !== undefined) process.out(`${hash}\n`)
  else if (!has('quiet')) return process.fail('fatal: Needed a single revision', 128)
  return hash === undefined ? 1 : 0
}

function unreachable(process: Process, url: string): number {
  process.err(`fatal: '${url}' does not appear to be a git repository\n`)
  return process.fail('fatal: Could not read from remote repository.', 128)
}

const fetch: Subcommand = ({ process, directory, words: { has, operands } }) => {
  const [url = '', ...refspecs] = operands
  const repository = process.machine.parts.repositories.find(url)
  const refs = repository?.refs ?? GitDirectory.open(process, url)?.refs
  if (!refs) return unreachable(process, url)
  for (const refspec of refspecs) {
    const [from = '', to = ''] = refspec.replace(/^\+/, '').split(':')
    if (!from.endsWith('*')) {
      const hash = refs.get(from) ?? repository?.find(from)?.hash
      if (hash === undefined) return process.fail(`fatal: couldn't find remote ref ${from}`, 128)
      directory.setRef(to, hash)
      continue
    }
    const [prefix, target] = [from.slice(0, -1), to.slice(0, -1)]
    const found = [...refs].flatMap(([name, hash]) =>
      name.startsWith(prefix) ? [[target + name.slice(prefix.length), hash] as const] : [],
    )
    if (has('prune')) directory.prune(target, new Set(found.map(([name]) => name)))
    for (const [name, hash] of found) directory.setRef(name, hash)
  }
  return 0
}

const checkout: Subcommand = ({ process, directory, words: { operands } }) => {
  const [name = ''] = operands
  const commit = directory.commit(name)
  if (!commit) return process.fail(`error: pathspec '${name}' did not match any file(s) known to git`)
  directory.checkOut(commit)
  return 0
}

const log: Subcommand = ({ process, directory, words: { value, operands } }) => {
  const [tip = 'HEAD', range = ''] = operands
  const known = new Set(
    range.startsWith('^') ? directory.history(range.slice(1)).map(({ hash }) => hash) : [],
  )
  const commits = directory.history(tip).filter(({ hash }) => !known.has(hash))
  for (const commit of commits.slice(0, Number(value('max-count') ?? commits.length)))
    process.out(`${inWords(commit, value('format') ?? '%H %s')}\n`)
  return 0
}

function inWords({ hash, author, date, subject }: FakeCommit, format: string): string {
  const letters: Readonly<Record<string, string>> = { H: hash, an: author, aI: date, cI: date, s: subject }
  return format.replace(/%(an|aI|cI|[Hs])/g, (_, letter: string) => letters[letter] ?? '')
}

const status: Subcommand = ({ process, directory, words: { operands } }) => {
  const excluded = operands.flatMap(word => /^:\(exclude[^)]*\)(.*)$/.exec(word)?.[1] ?? [])
  const isOurs = (path: string) =>
    excluded.some(each =>
      each.startsWith('*') ? path.endsWith(each.slice(1)) : path === each || path.startsWith(`${each}/`),
    )
  for (const [letter, path] of directory.changes()) if (!isOurs(path)) process.out(`${letter} ${path}\n`)
  return 0
}

const listFiles: Subcommand = ({ process, directory, words: { operands } }) => {
  const names = operands.map(pattern => posix.basename(pattern))
  for (const path of directory.commit('HEAD')?.files.keys() ?? [])
    if (names.includes(posix.basename(path))) process.out(`${path}\0`)
  return 0
}

/** What git can do, each with its options. */
const SUBCOMMANDS: Readonly<Record<string, readonly [string, Subcommand]>> = {
  config: ['', configure],
  'rev-parse': ['verify quiet end-of-options', revParse],
  'cat-file': ['e', ({ directory, words }) => (directory.commit(words.operands[0] ?? '') ? 0 : 1)],
  fetch: ['quiet prune no-auto-gc', fetch],
  'ls-remote': [
    'quiet',
    ({ process, words: { operands } }) => {
      const [url = ''] = operands
      return process.machine.parts.repositories.find(url) ? 0 : unreachable(process, url)
    },
  ],
  checkout: ['quiet force detach', checkout],
  log: ['max-count= format=', log],
  status: ['porcelain untracked-files=', status],
  'ls-files': ['z', listFiles],
  'update-ref': [
    '',
    ({ directory, words: { operands } }) => {
      const [name = '', hash = ''] = operands
      directory.setRef(name, hash)
      return 0
    },
  ],
}

function init(process: Process, place: string, args: readonly string[]): number {
  const { has, operands } = wordsOf(process, 'quiet bare template=', args)
  const target = posix.resolve(place, operands[0] ?? '.')
  GitDirectory.make(process, has('bare') ? target : `${target}/.git`)
  return 0
}

const said = (process: Process, line: string) => {
  process.out(`${line}\n`)
  return 0
}

/** git, with what the scripts of deploys use of it. */
export const git: Program = process => {
  const args = [...process.args]
  let place = process.files.cwd
  let path: string | undefined
  for (let word = args[0] ?? ''; word.startsWith('-'); word = args[0] ?? '') {
    args.shift()
    if (word === '-C') place = posix.resolve(place, args.shift() ?? '')
    else if (word === '-c') args.shift()
    else if (word.startsWith('--git-dir=')) path = posix.resolve(place, word.slice('--git-dir='.length))
    else if (word === '--version') return said(process, 'git version 2.39.5')
    else if (word !== '--no-optional-locks')
      throw unexpected(`run ${process.line}`, `git in memory has no ${word}`)
  }
  const [name = '', ...rest] = args
  if (name === 'init') return init(process, place, rest)
  const [options = '', subcommand] = SUBCOMMANDS[name] ?? []
  if (!subcommand) throw unexpected(`run ${process.line}`, `git in memory does not know ${name}`)
  const directory = path === undefined ? GitDirectory.above(process, place) : GitDirectory.open(process, path)
  if (directory) return subcommand({ process, words: wordsOf(process, options, rest), directory })
  process.err('fatal: not a git repository (or any of the parent directories): .git\n')
  return 128
}

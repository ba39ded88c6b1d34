import { posix } from 'node:path'
import { literal } from '../literal.js'
import type { FoundDyeSettings } from './found-dye-settings.js'
import type { ProjectTree } from './project-tree.js'

/** Where the code of a project comes from. */
export interface FoundSource {
  /** Name of the function: `git`. */
  readonly maker: 'git' | 'subversion' | 'cvs' | 'directory'
  /** The call in TypeScript. */
  readonly code: string
  /** What the repository is called: `carers`. */
  readonly name: string | undefined
}

/** The directory with git's configuration, also that of a work tree beside it. */
function gitDirectory(tree: ProjectTree): string {
  const linked = /^gitdir: (.+)$/m.exec(tree.outside('.git'))?.[1]
  if (linked === undefined) return '.git'
  const directory = posix.resolve(tree.directory, linked)
  const common = tree.outside(posix.join(directory, 'commondir')).trim()
  return common === '' ? directory : posix.resolve(directory, common)
}

function remoteOf(configuration: string): string | undefined {
  const [, section = ''] = /^\[remote "origin"\]([^[]*)/m.exec(configuration) ?? []
  return /^\s*url\s*=\s*(\S.*)$/m.exec(section)?.[1]?.trim()
}

const nameOf = (url: string) => /([^/:]+?)(\.git)?\/*$/.exec(url)?.[1]

function withoutPassword(url: string, notes: string[]): string {
  const [, scheme, rest] = /^(\w+:\/\/)[^/@]*:[^/@]*@(.*)$/.exec(url) ?? []
  if (scheme === undefined) return url
  notes.push('the password in the address of the repository was left out: give it by git(url).login(…)')
  return `${scheme}${rest}`
}

function gitSource(url: string, branch: string, notes: string[]): FoundSource {
  const address = withoutPassword(url, notes)
  if (/^(file:|[./])/.test(address)) notes.push(`${address} is on this machine: the server may not reach it`)
  return { maker: 'git', code: `git(${literal(address)}).branch(${literal(branch)})`, name: nameOf(address) }
}

/** Looks for the repository that a checkout is of. */
export function findSource(tree: ProjectTree, dye: FoundDyeSettings, notes: string[]): FoundSource {
  const git = gitDirectory(tree)
  const own = remoteOf(tree.outside(posix.join(git, 'config')))
  const { repositoryType = 'git', repository } = dye
  const url = own ?? (repositoryType === 'git' ? repository : undefined)
  if (url !== undefined) {
    const checkedOut = /^ref: refs\/heads\/(\S+)/.exec(tree.outside(posix.join(git, 'HEAD')))?.[1]
    return gitSource(url, dye.branch ?? checkedOut ?? 'main', notes)
  }
  const root = tree.outside('CVS/Root').trim()
  const module = tree.outside('CVS/Repository').trim()
  if (root !== '' && module !== '') {
    return { maker: 'cvs', code: `cvs(${literal(root)}, ${literal(module)})`, name: module }
  }
  if (repositoryType === 'svn' && repository !== undefined) {
    return { maker: 'subversion', code: `subversion(${literal(repository)})`, name: nameOf(repository) }
  }
  notes.push('no repository was found: what is in this directory is deployed')
  return { maker: 'directory', code: "directory('.')", name: undefined }
}

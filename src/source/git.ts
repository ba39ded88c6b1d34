import { ask, type Command } from '../command/command.js'
import type { Program } from '../command/program.js'
import { type Script, script } from '../command/script.js'
import { Secret } from '../command/secret.js'
import type { CommandError } from '../errors/command-error.js'
import { OptionError } from '../errors/option-error.js'
import { SourceError } from '../errors/source-error.js'
import { parseCommits } from './commits.js'
import type { Login } from './git-access.js'
import {
  checkOut,
  DEPLOYED,
  type GitFetch,
  listCommits,
  NOT_THERE,
  NOTICES,
  resolve,
  updateMirror,
} from './git-fetch.js'
import { type Refusal, refusalOf, SSH_REFUSALS } from './refusal.js'
import type { Commit, Fetched, FetchPlace, Source } from './source.js'

interface GitSettings extends GitFetch {
  /** The branch for each environment. */
  readonly branches?: Readonly<Record<string, string>> | undefined
}

/** Older ones do not know how to look without leaving a trace. */
const GIT: Program = {
  names: ['git'],
  title: 'git 2.15 or newer',
  package: 'git',
  proof: ask`git --no-optional-locks --version >/dev/null 2>&1 || { git --version; false; }`,
}

const SSH: Program = { names: ['ssh'], package: 'openssh-client' }

/** `ssh://…`, or `user@host:path`. */
const BY_SSH = /^(?:(?:git[+])?ssh:\/\/|[^/:]+:(?!\/\/))/

const REFUSALS: readonly Refusal[] = [
  ...SSH_REFUSALS,
  {
    says: /Authentication failed|could not read (Username|Password)|HTTP Basic: Access denied|error: 40[13]/,
    code: 'SOURCE_DENIED',
    why: 'the repository’s server wants another user name or password',
    remedy: 'give one that may read the repository: git(url).login(username, password).',
  },
  {
    says: /does not appear to be a git repository|repository [^\n]* (not found|does not exist)/i,
    code: 'SOURCE_UNREACHABLE',
    why: 'there is no repository, or none that may be read',
    remedy: 'see whether the url is right, and give the server a key or a login.',
  },
  {
    says: /dubious ownership/,
    code: 'SOURCE_DENIED',
    why: 'git does not trust a repository of another user',
    remedy:
      'deploy as the user that owns it, or let git trust it: git config --global --add safe.directory PATH.',
  },
  {
    says: /git: (command )?not found/,
    code: 'SOURCE_TOOL_MISSING',
    why: 'there is no git',
    remedy: 'install it: apt install git.',
  },
]

/** Takes user name and password out of a URL. */
function withoutLogin(url: string): { readonly url: string; readonly login?: Login } {
  const [, scheme, username, password, rest] = /^(https?:\/\/)([^/@:]*):([^/@]*)@(.*)$/s.exec(url) ?? []
  if (!scheme || username === undefined || password === undefined) return { url }
  const login = { username: decodeURIComponent(username), password: Secret.of(decodeURIComponent(password)) }
  return { url: `${scheme}${rest}`, login }
}

function checked(option: string, value: string): string {
  if (value === '' || value.startsWith('-') || value.includes('\n')) {
    throw new OptionError('source', `${JSON.stringify(value)} cannot be a ${option} of git`)
  }
  return value
}

/**
 * A git repository that the server fetches from, into one bare mirror for all releases. A description: each method
 * returns a changed copy.
 */
export class Git implements Source {
  readonly #settings: GitSettings

  /** @internal */
  constructor(settings: GitSettings) {
    checked('url', settings.url)
    checked(settings.kind, settings.name)
    for (const branch of Object.values(settings.branches ?? {})) checked('branch', branch)
    this.#settings = Object.freeze(settings)
  }

  /** Deploys the tip of a branch. @defaultValue `main` */
  branch(name: string): Git {
    return this.#with({ kind: 'branch', name, branches: undefined })
  }

  /**
   * Deploys the tip of a branch that depends on the environment.
   *
   * @example
   * ```ts
   * const source = git('git@git.example.org:carers.git').branches({ staging: 'main', production: 'stable' })
   * ```
   */
  branches(names: Readonly<Record<string, string>>): Git {
    return this.#with({ branches: { ...names } })
  }

  /** Deploys a tag. */
  tag(name: string): Git {
    return this.#with({ kind: 'tag', name, branches: undefined })
  }

  /** Deploys a commit, by its hash or what git can resolve to one. */
  revision(name: string): Git {
    return this.#with({ kind: 'revision', name, branches: undefined })
  }

  /**
   * Deploys one directory of the repository, as if it were all of it. Submodules are not brought then.
   *
   * @param path - relative to the top of the repository
   */
  subdirectory(path: string): Git {
    const normal = checked('subdirectory', path).replace(/\/+$/, '')
    if (normal.startsWith('/') || normal.split('/').includes('..')) {
      throw new OptionError('source', `the subdirectory "${path}" is not inside the repository`)
    }
    return this.#with({ subdirectory: normal })
  }

  /**
   * Brings only the newest commits the first time: for repositories with so much history that it takes minutes. A
   * revision has to be a full hash then.
   *
   * @param depth - how many @defaultValue 1
   */
  shallow(depth = 1): Git {
    if (!Number.isInteger(depth) || depth < 1) throw new OptionError('source', `${depth} is not a depth`)
    return this.#with({ depth })
  }

  /**
   * Logs in to a repository by HTTPS. The password never stands in an argument vector, nor in a file of the server.
   *
   * @param username - any will do for a token of GitHub or GitLab
   */
  login(username: string, password: Secret): Git {
    if (!/^https?:\/\//.test(this.url)) {
      throw new OptionError('source', `${this.url} is not reached by HTTPS`, 'use deployKey() with SSH.')
    }
    return this.#with({ login: { username, password } })
  }

  /** Logs in to a repository by SSH, with the text of a private key without a passphrase. */
  deployKey(key: Secret): Git {
    return this.#with({ deployKey: key })
  }

  /** Lines of a known_hosts file: the host keys of the repository's server that are trusted, and no others. */
  knownHosts(lines: string): Git {
    return this.#with({ knownHosts: lines.trim() })
  }

  get url(): string {
    return this.#settings.url
  }

  get title(): string {
    const { kind, name, subdirectory } = this.#settings
    return `${kind} ${name} of ${this.url.replace(/\/\/[^@/]*@/, '//')}${subdirectory ? `, ${subdirectory}` : ''}`
  }

  get chosenBranch(): string | undefined {
    return this.#settings.kind === 'branch' ? this.#settings.name : undefined
  }

  /** git, and ssh where that is how it gets to the repository. */
  get needs(): readonly Program[] {
    return [GIT, ...(BY_SSH.test(this.url) ? [SSH] : [])]
  }

  forEnvironment(environment: string): Git {
    const { branches } = this.#settings
    if (!branches) return this
    const name = branches[environment]
    if (name === undefined) {
      throw new OptionError('source', `there is no branch for ${environment}`, 'name one in branches().')
    }
    return this.branch(name)
  }

  /**
   * Fetches into a bare mirror what it has not yet, then checks the release out with the mirror's objects:
   * nothing is copied. Submodules are initialised, recursively. A mirror that is broken is fetched afresh.
   */
  fetch(place: FetchPlace): Script<Fetched> {
    const { release, since } = place
    const settings = this.#settings
    const news = since === undefined ? [] : [listCommits(release, settings.subdirectory, since)]
    return script(
      [updateMirror(settings, place), resolve(settings, place), checkOut(settings, place), ...news],
      ([updated, resolved, checkedOut, listed]) => ({
        revision: resolved?.stdout ?? '',
        commits: parseCommits(listed?.lines ?? []),
        warnings: [...new Set([...(updated?.lines ?? []), ...(checkedOut?.lines ?? [])])].flatMap(
          line => NOTICES[line] ?? [],
        ),
      }),
      failure => this.#explained(failure),
    )
  }

  revisionOf(release: string): Script<string | undefined> {
    const say = ask`git -C ${release} rev-parse --verify --quiet ${DEPLOYED} || git -C ${release} rev-parse HEAD 2>/dev/null || :`
    return script([say], ([{ stdout }]) => stdout || undefined)
  }

  log(release: string, since?: string): Script<readonly Commit[]> {
    return script([listCommits(release, this.#settings.subdirectory, since)], ([{ lines }]) =>
      parseCommits(lines),
    )
  }

  /** `git status`: files changed, added or removed by hand, and not those that git ignores. */
  localChanges(release: string, ours: readonly string[] = []): Command {
    const others = ['.', ...ours.map(path => `:(exclude,top,literal)${path}`), ':(exclude)*.pyc']
    return ask`[ ! -e ${`${release}/.git`} ] || git --no-optional-locks -c safe.directory='*' -C ${`${release}/`} status --porcelain --untracked-files=all -- ${others}`
  }

  #with(changes: Partial<GitSettings>): Git {
    return new Git({ ...this.#settings, ...changes })
  }

  #explained(failure: CommandError): Error {
    if (failure.exitCode !== NOT_THERE) return refusalOf(failure, this.title, REFUSALS)
    return new SourceError('SOURCE_NO_SUCH_REVISION', {
      what: `fetch ${this.title}`,
      host: failure.host,
      why: 'the repository has none of that name',
      remedy: 'name a branch, tag, revision or directory that it has.',
    })
  }
}

/**
 * A git repository to deploy from: the branch `main`, unless another branch, a tag or a revision is chosen.
 *
 * @param url - whatever the server's git can fetch from: `git@host:path`, `https://…`, a path on the server
 * @example
 * ```ts
 * const source = git('git@git.example.org:carers.git').branch('production')
 * ```
 */
export function git(url: string): Git {
  const settings = { kind: 'branch', name: 'main', depth: undefined, subdirectory: undefined } as const
  return new Git({ ...settings, ...withoutLogin(url) })
}

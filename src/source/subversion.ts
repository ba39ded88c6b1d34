import { ask, type Command } from '../command/command.js'
import type { Program } from '../command/program.js'
import { mapped, type Script, script } from '../command/script.js'
import { Secret } from '../command/secret.js'
import { OptionError } from '../errors/option-error.js'
import { withoutOurs } from './local-changes.js'
import { type Refusal, refusalOf, SSH_REFUSALS } from './refusal.js'
import type { Commit, Fetched, FetchPlace, Source } from './source.js'
import { checkOut, listCommits, revisionOf, type SubversionFetch } from './subversion-fetch.js'

interface SubversionSettings {
  /** Of the project, without user name and password. */
  readonly root: string
  readonly kind: 'branch' | 'tag' | 'path'
  readonly name: string
  readonly revision: string | undefined
  readonly login: SubversionFetch['login']
}

const REFUSALS: readonly Refusal[] = [
  ...SSH_REFUSALS,
  {
    says: /E160013|E200009|E160006|E160005|E195012|E170000|E195020/,
    code: 'SOURCE_NO_SUCH_REVISION',
    why: 'the repository has nothing there at that revision',
    remedy: 'name a branch, tag, path or revision that it has.',
  },
  {
    says: /E170001|E215004|E170011/,
    code: 'SOURCE_DENIED',
    why: 'the repository’s server wants another user name or password',
    remedy: 'give one that may read the repository: subversion(url).login(username, password).',
  },
  {
    says: /E170013|E175\d{3}|E000111|E000113|E670002|E230001|E180001/,
    code: 'SOURCE_UNREACHABLE',
    why: 'the repository was not reached, or is none',
    remedy:
      'see whether the server, not only your machine, can reach it; a certificate has to be one that it trusts.',
  },
  {
    says: /svn: (command )?not found/,
    code: 'SOURCE_TOOL_MISSING',
    why: 'there is no svn',
    remedy: 'install it: apt install subversion.',
  },
]

const REBUILT = 'the working copy of the repository was broken; it was fetched afresh'

function withoutLogin(url: string): Pick<SubversionSettings, 'root' | 'login'> {
  const [, scheme, username, password, rest] =
    /^((?:https?|svn):\/\/)([^/@:]*):([^/@]*)@(.*)$/s.exec(url) ?? []
  if (!scheme || username === undefined || password === undefined) return { root: url, login: undefined }
  const login = { username: decodeURIComponent(username), password: Secret.of(decodeURIComponent(password)) }
  return { root: `${scheme}${rest}`, login }
}

/** Commits out of what `svn log` prints: their messages may hold anything, but their lines are counted. */
export function parseLog(lines: readonly string[]): readonly Commit[] {
  const commits: Commit[] = []
  for (let at = 0; at < lines.length; ) {
    const [, revision, author, date, count] =
      /^r(\d+) \| (.*) \| (\S+ \S+ \S+) \(.*\) \| (\d+) lines?$/.exec(lines[at] ?? '') ?? []
    at += 1
    if (revision === undefined || author === undefined || date === undefined) continue
    const moment = date.replace(/^(\S+) (\S+) ([+-]\d\d)(\d\d)$/, '$1T$2$3:$4')
    commits.push({ revision, author, date: new Date(moment).toISOString(), subject: lines[at + 1] ?? '' })
    at += 1 + Number(count)
  }
  return commits
}

/**
 * A Subversion repository that the server checks out from, into one working copy that is brought up to date for each
 * release and copied. A description: each method returns a changed copy.
 */
export class Subversion implements Source {
  readonly #settings: SubversionSettings

  /** @internal */
  constructor(settings: SubversionSettings) {
    const { root, kind, name, revision = '0' } = settings
    for (const value of [root, name]) {
      if (value !== '' && !/^-|\n|(^|\/)\.\.(\/|$)/.test(value)) continue
      throw new OptionError(
        'source',
        `${JSON.stringify(value)} cannot be a ${value === root ? 'url' : kind} of Subversion`,
      )
    }
    if (!/^\d+$/.test(revision)) {
      throw new OptionError('source', `"${revision}" is not a revision of Subversion`, 'they are numbers.')
    }
    this.#settings = Object.freeze(settings)
  }

  /** Deploys a branch: what is in `branches/NAME`, or `trunk`. @defaultValue `trunk` */
  branch(name: string): Subversion {
    return this.#with({ kind: 'branch', name })
  }

  /** Deploys a tag: what is in `tags/NAME`. */
  tag(name: string): Subversion {
    return this.#with({ kind: 'tag', name })
  }

  /** Deploys a directory of the repository, where it has another structure. */
  path(path: string): Subversion {
    return this.#with({ kind: 'path', name: path.replace(/^\/+|\/+$/g, '') })
  }

  /** Deploys an older revision. @defaultValue the newest */
  revision(number: number | string): Subversion {
    return this.#with({ revision: String(number).replace(/^r/, '') })
  }

  /** Logs in. The password never stands in an argument vector, nor in a file of the server. */
  login(username: string, password: Secret): Subversion {
    return this.#with({ login: { username, password } })
  }

  get url(): string {
    const { root, kind, name } = this.#settings
    const path = { branch: name === 'trunk' ? name : `branches/${name}`, tag: `tags/${name}`, path: name }[
      kind
    ]
    return `${root.replace(/\/+$/, '')}/${path}`
  }

  get title(): string {
    const { revision } = this.#settings
    return `${this.url.replace(/\/\/[^@/]*@/, '//')}${revision === undefined ? '' : ` at revision ${revision}`}`
  }

  get chosenBranch(): string | undefined {
    const { kind, name, revision } = this.#settings
    return kind === 'branch' && revision === undefined ? name : undefined
  }

  /** svn on the server. */
  get needs(): readonly Program[] {
    return [{ names: ['svn'], package: 'subversion' }]
  }

  /**
   * Brings a working copy, that all releases share, to what is wanted: only differences travel. Then it is copied into
   * the release, on the server itself.
   */
  fetch(place: FetchPlace): Script<Fetched> {
    const since = place.since !== undefined && /^\d+$/.test(place.since) ? place.since : undefined
    const news = since === undefined ? [] : [listCommits(this.#fetch, place.release, since)]
    return script(
      [checkOut(this.#fetch, place), revisionOf(place.release), ...news],
      ([checkedOut, revision, listed]) => ({
        revision: revision?.stdout ?? '',
        commits: parseLog(listed?.lines ?? []),
        warnings: checkedOut?.lines.includes('dye:rebuilt') ? [REBUILT] : [],
      }),
      failure => refusalOf(failure, this.title, REFUSALS),
    )
  }

  revisionOf(release: string): Script<string | undefined> {
    return script([revisionOf(release)], ([{ stdout }]) => stdout || undefined)
  }

  log(release: string, since?: string): Script<readonly Commit[]> {
    const listed = script([listCommits(this.#fetch, release, since)], ([{ lines }]) => lines)
    return mapped(listed, parseLog)
  }

  /** `svn status`: files changed, added or removed by hand, and not those that are ignored. */
  localChanges(release: string, ours: readonly string[] = []): Command {
    return ask`
      [ -d ${`${release}/.svn`} ] || exit 0
      cd -- ${`${release}/`} && changes=$(LC_ALL=C.UTF-8 svn status --ignore-externals) || exit
      printf '%s\n' "$changes" | sed '/^X/d; /^$/d'`.pipe(withoutOurs(9, ours))
  }

  get #fetch(): SubversionFetch {
    const { revision, login } = this.#settings
    return { url: this.url, revision, login }
  }

  #with(changes: Partial<SubversionSettings>): Subversion {
    return new Subversion({ ...this.#settings, ...changes })
  }
}

/**
 * A Subversion repository to deploy from: the trunk, unless a branch, a tag, a path or a revision is chosen.
 *
 * @param url - of the project in the repository, the directory with `trunk`, `branches` and `tags`
 * @example
 * ```ts
 * const source = subversion('https://svn.example.org/carers').branch('stable')
 * ```
 */
export function subversion(url: string): Subversion {
  return new Subversion({ ...withoutLogin(url), kind: 'branch', name: 'trunk', revision: undefined })
}

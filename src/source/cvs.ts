import type { Command } from '../command/command.js'
import type { Program } from '../command/program.js'
import { mapped, type Script, script } from '../command/script.js'
import { Secret } from '../command/secret.js'
import { OptionError } from '../errors/option-error.js'
import { LOG_LIMIT } from './commits.js'
import { type CvsFetch, checkOut, listChanges, listRevisions, revisionOf, scrambled } from './cvs-fetch.js'
import { withoutOurs } from './local-changes.js'
import { type Refusal, refusalOf, SSH_REFUSALS } from './refusal.js'
import type { Commit, Fetched, FetchPlace, Source } from './source.js'

const REFUSALS: readonly Refusal[] = [
  ...SSH_REFUSALS,
  {
    says: /no such tag|cannot find module|no such (repository|directory)|No such file or directory|Can't parse date/,
    code: 'SOURCE_NO_SUCH_REVISION',
    why: 'the repository has no such module, branch, tag or date',
    remedy: 'name one that it has.',
  },
  {
    says: /authorization failed|no such user|rejected access/i,
    code: 'SOURCE_DENIED',
    why: 'the repository’s server wants another user name or password',
    remedy: 'give one that may read the repository: cvs(root, module).login(password).',
  },
  {
    says: /connect to .* failed|Unknown host|end of file from server/,
    code: 'SOURCE_UNREACHABLE',
    why: 'the repository’s server was not reached',
    remedy: 'see whether the server, not only your machine, can reach it.',
  },
  {
    says: /cvs: (command )?not found/,
    code: 'SOURCE_TOOL_MISSING',
    why: 'there is no cvs',
    remedy: 'install it: apt install cvs.',
  },
]

const REBUILT = 'the working copy of the repository was broken; it was fetched afresh'

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/

const PSERVER_PORT = 2401

/** A root as CVS itself writes it, with its port, and without its password. */
function parseRoot(root: string): Pick<CvsFetch, 'root' | 'password'> {
  const [, user, password, host, port, path] =
    /^:pserver:(?:([^:@/]+)(?::(.*))?@)?([^:@/]+):?(\d+)?(\/.*)$/s.exec(root) ?? []
  if (host === undefined || path === undefined) return { root, password: undefined }
  const plain = `:pserver:${user ? `${user}@` : ''}${host}:${port ?? PSERVER_PORT}${path}`
  return { root: plain, password: password ? Secret.of(password) : undefined }
}

/**
 * Commits out of what `cvs log` prints of the files' revisions, the newest first.
 *
 * @param trunk - only what is on the trunk
 */
export function parseRevisions(lines: readonly string[], trunk: boolean): readonly Commit[] {
  const commits = new Map<string, Commit>()
  for (const [at, line] of lines.entries()) {
    const [, number] = /^revision ([\d.]+)/.exec(line) ?? []
    const [, day, time, author, id] =
      /^date: (\S+) (\S+) \+0000;\s+author: ([^;]*);(?:.*commitid: ([^;]+);)?/.exec(lines[at + 1] ?? '') ?? []
    if (number === undefined || day === undefined || time === undefined || author === undefined) continue
    if (trunk && !/^\d+\.\d+$/.test(number)) continue
    const subject = lines[at + 2]?.startsWith('branches: ') ? lines[at + 3] : lines[at + 2]
    const date = `${day.replaceAll('/', '-')}T${time}Z`
    const key = id ?? [author, date, subject].join('\n')
    commits.set(key, { revision: date, author, date, subject: subject ?? '' })
  }
  const newest = [...commits.values()].sort((one, other) => (one.date < other.date ? 1 : -1))
  return newest.slice(0, LOG_LIMIT)
}

/**
 * A module of a CVS repository that the server checks out, into one working copy that is brought up to date for each
 * release and copied. A description: each method returns a changed copy.
 *
 * CVS has no revision of a tree. A release has the moment of its fetch for one, in UTC: `date()` of it is the same
 * tree again. That of a tag has its name.
 */
export class Cvs implements Source {
  readonly #fetch: CvsFetch

  /** @internal */
  constructor(fetch: CvsFetch) {
    const { root, module, kind, name, password } = fetch
    const isName = kind === 'date' ? !/^-|\n/.test(name) : /^[A-Za-z][\w-]*$/.test(name)
    if (!isName || name === '') throw new OptionError('source', `"${name}" cannot be a ${kind} of CVS`)
    if (!/^[\w][^\n]*$/.test(module) || module.split('/').includes('..')) {
      throw new OptionError('source', `"${module}" cannot be a module of CVS`)
    }
    if (!/^[:/][^\n]*$/.test(root)) throw new OptionError('source', `"${root}" is no root of CVS`)
    if (password) scrambled(password)
    this.#fetch = Object.freeze(fetch)
  }

  /** Deploys a branch; `HEAD` is the trunk. @defaultValue `HEAD` */
  branch(name: string): Cvs {
    return this.#with({ kind: 'branch', name })
  }

  /** Deploys a tag. */
  tag(name: string): Cvs {
    return this.#with({ kind: 'tag', name })
  }

  /**
   * Deploys the trunk as it was at a moment.
   *
   * @param moment - as cvs understands it, or ISO 8601 in UTC
   */
  date(moment: string): Cvs {
    const name = ISO.test(moment) ? moment.replace('T', ' ').replace('Z', ' UTC') : moment
    return this.#with({ kind: 'date', name })
  }

  /** Logs in to a `:pserver:`. The password never stands in an argument vector, and is not stored on the server. */
  login(password: Secret): Cvs {
    if (!this.#fetch.root.startsWith(':pserver:')) {
      throw new OptionError(
        'source',
        `${this.#fetch.root} needs no password`,
        'use a root that begins with ":pserver:".',
      )
    }
    return this.#with({ password })
  }

  get url(): string {
    return `${this.#fetch.root}/${this.#fetch.module}`
  }

  get title(): string {
    const { kind, name } = this.#fetch
    return `${kind} ${name} of ${this.url}`
  }

  get chosenBranch(): string | undefined {
    return this.#fetch.kind === 'branch' ? this.#fetch.name : undefined
  }

  /** cvs on the server. */
  get needs(): readonly Program[] {
    return [{ names: ['cvs'], package: 'cvs' }]
  }

  /**
   * Brings a working copy, that all releases share, to what is wanted: only differences travel. Then it is copied into
   * the release, on the server itself.
   */
  fetch(place: FetchPlace): Script<Fetched> {
    const { release, since } = place
    const news = since !== undefined && ISO.test(since) ? [listRevisions(this.#fetch, release, since)] : []
    return script(
      [checkOut(this.#fetch, place), revisionOf(release), ...news],
      ([checkedOut, revision, listed]) => ({
        revision: revision?.stdout ?? '',
        commits: parseRevisions(listed?.lines ?? [], this.#isTrunk),
        warnings: checkedOut?.lines.includes('dye:rebuilt') ? [REBUILT] : [],
      }),
      failure => refusalOf(failure, this.title, REFUSALS),
    )
  }

  revisionOf(release: string): Script<string | undefined> {
    return script([revisionOf(release)], ([{ stdout }]) => stdout || undefined)
  }

  log(release: string, since?: string): Script<readonly Commit[]> {
    const listed = script([listRevisions(this.#fetch, release, since)], ([{ lines }]) => lines)
    return mapped(listed, lines => parseRevisions(lines, this.#isTrunk))
  }

  /** `cvs -n update`, which asks the repository: files changed, added or removed by hand, and not those that are ignored. */
  localChanges(release: string, ours: readonly string[] = []): Command {
    return listChanges(this.#fetch, release).pipe(withoutOurs(3, ours))
  }

  get #isTrunk(): boolean {
    return this.#fetch.kind !== 'branch' || this.#fetch.name === 'HEAD'
  }

  #with(changes: Partial<CvsFetch>): Cvs {
    return new Cvs({ ...this.#fetch, ...changes })
  }
}

/**
 * A module of a CVS repository to deploy from: the trunk, unless a branch, a tag or a moment is chosen.
 *
 * @param root - `:pserver:user@host:/path`, `:ext:user@host:/path` by ssh, or a path on the server
 * @example
 * ```ts
 * const source = cvs(':ext:deploy@cvs.example.org:/cvs', 'carers').branch('stable')
 * ```
 */
export function cvs(root: string, module: string): Cvs {
  return new Cvs({ ...parseRoot(root), module, kind: 'branch', name: 'HEAD' })
}

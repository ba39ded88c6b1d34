import { resolve } from 'node:path'
import { ask, type Command, change } from '../command/command.js'
import { mapped, type Script, script } from '../command/script.js'
import { OptionError } from '../errors/option-error.js'
import { SourceError } from '../errors/source-error.js'
import { Host } from '../host/host.js'
import { logOf } from '../support/log.js'
import { FIELD, LOG_LIMIT, parseCommits } from './commits.js'
import { withoutOurs } from './local-changes.js'
import { compareManifest, writeManifest } from './manifest.js'
import { Snapshot, type SnapshotRules } from './snapshot.js'
import type { Commit, Fetched, FetchPlace, Source } from './source.js'

const log = logOf('source')

interface DirectorySettings extends SnapshotRules {
  readonly path: string
  readonly mayBeDirty: boolean
}

/** What was uploaded, for all hosts the same. */
interface Uploaded {
  readonly revision: string
  readonly commits: readonly Commit[]
  readonly warnings: readonly string[]
}

/** Where a release notes its revision. */
const NOTE = '.dye-revision'

/** What git says of a directory on this machine; no revision where it is none of git's, or there is no git. */
const lookAtGit = (path: string) =>
  script(
    [
      ask`git -C ${path} rev-parse --verify --quiet HEAD 2>/dev/null || :`,
      ask`git -C ${path} status --porcelain --untracked-files=all -- . 2>/dev/null || :`,
    ],
    ([head, status]) => ({ head: head.stdout || undefined, changes: status.lines }),
  )

const listCommits = (path: string, since: string) => {
  const format = `--format=%H${FIELD}%an${FIELD}%aI${FIELD}%s`
  return ask`git -C ${path} log --max-count=${LOG_LIMIT} ${format} ${`${since}..HEAD`} -- . 2>/dev/null || :`
}

/**
 * A directory of this machine, where the deploy is started, whose files are brought to the server: neither side needs
 * git. A description: each method returns a changed copy.
 */
export class Directory implements Source {
  readonly #settings: DirectorySettings
  readonly #uploaded: Uploaded | undefined
  #snapshot: Promise<Snapshot> | undefined

  /** @internal */
  constructor(settings: DirectorySettings, uploaded?: Uploaded) {
    if (settings.path === '') throw new OptionError('source', '"" is not a directory')
    this.#settings = Object.freeze(settings)
    this.#uploaded = uploaded
  }

  /** Leaves files out, besides those that a `.gitignore` leaves out: patterns like those in one. */
  ignore(...patterns: readonly string[]): Directory {
    return this.#with({ ignored: [...this.#settings.ignored, ...patterns] })
  }

  /** Takes files along that a `.gitignore` leaves out, such as what was built: `include('dist/')`. */
  include(...patterns: readonly string[]): Directory {
    return this.#with({ included: [...this.#settings.included, ...patterns] })
  }

  /** Deploys what is there, even if it is a work tree of git with changes that were not committed. */
  evenIfDirty(): Directory {
    return this.#with({ mayBeDirty: true })
  }

  get url(): string {
    return resolve(this.#settings.path)
  }

  get title(): string {
    return `the directory ${this.url}`
  }

  get chosenBranch(): undefined {
    return undefined
  }

  /** A copy for one deploy: all its hosts get the same. */
  forEnvironment(): Directory {
    return this.#with({})
  }

  /**
   * Brings the files to the host, those that have changed since the last time.
   *
   * @throws {@link SourceError} with the code `SOURCE_DIRTY` for uncommitted changes
   */
  async upload(host: Host, { mirror, since, onProgress }: FetchPlace): Promise<Directory> {
    await using here = Host.local()
    const { head, changes } = await here.perform(lookAtGit(this.url))
    if (changes.length > 0 && !this.#settings.mayBeDirty) {
      throw new SourceError('SOURCE_DIRTY', {
        what: `deploy ${this.title}`,
        why: `${changes.length} files in it were changed and not committed`,
        output: changes.join('\n'),
        remedy: 'commit or stash them, or say directory(…).evenIfDirty().',
      })
    }
    this.#snapshot ??= Snapshot.of(this.url, this.#settings)
    const snapshot = await this.#snapshot
    log('%s: %s, copied to %s', this.url, snapshot.hash, snapshot.directory)
    const { skipped } = await host.upload(snapshot.directory, mirror, {
      delete: true,
      ...(onProgress && { onProgress }),
    })
    const listed = head && since ? await here.runAll([listCommits(this.url, since)]) : []
    return new Directory(this.#settings, {
      revision: head && changes.length === 0 ? head : [head, snapshot.hash].filter(Boolean).join('-'),
      commits: parseCommits(listed[0]?.lines ?? []),
      warnings: skipped.map(({ path, why }) => `${path} is not deployed: ${why}`),
    })
  }

  /** Copies what was uploaded into the release, on the host itself. */
  fetch({ release, mirror }: FetchPlace): Script<Fetched> {
    const uploaded = this.#uploaded
    if (!uploaded) throw new Error('the directory has not been uploaded')
    const { revision } = uploaded
    // the copy that was uploaded is private, as temporary directories are; the web server has to read the release
    const copy = change`
      mode=$(stat -c %a -- ${release}) && cp -a --reflink=auto -- ${`${mirror}/.`} ${release} && chmod -- "$mode" ${release} &&
        printf '%s\n' ${revision} >${`${release}/${NOTE}`}`
    return script([copy], () => uploaded)
  }

  /** Lets go of the copy that was made for all hosts. */
  async close(): Promise<void> {
    const snapshot = this.#snapshot
    this.#snapshot = undefined
    await (await snapshot?.catch(() => undefined))?.remove()
  }

  /** Notes what is in the release: there is no version control that could tell later. */
  seal(release: string): Command {
    return writeManifest(release)
  }

  revisionOf(release: string): Script<string | undefined> {
    const file = `${release}/${NOTE}`
    return script([ask`[ ! -e ${file} ] || cat -- ${file}`], ([{ stdout }]) => stdout || undefined)
  }

  /** The release has no history with it. */
  log(): Script<readonly Commit[]> {
    return mapped(
      script([], () => undefined),
      () => [],
    )
  }

  /** Compares the release with what was noted when it was complete. */
  localChanges(release: string, ours: readonly string[] = []): Command {
    return compareManifest(release).pipe(withoutOurs(3, ours))
  }

  #with(changes: Partial<DirectorySettings>): Directory {
    return new Directory({ ...this.#settings, ...changes })
  }
}

/**
 * A directory of this machine to deploy from. What its `.gitignore` files leave out stays here.
 *
 * @param path - relative to the working directory
 * @example
 * ```ts
 * const source = directory('.').ignore('docs/').include('dist/')
 * ```
 */
export function directory(path: string): Directory {
  return new Directory({ path, ignored: [], included: [], mayBeDirty: false })
}

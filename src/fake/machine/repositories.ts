import { createHash } from 'node:crypto'
import { bytesOf } from '../shell/streams.js'
import { localFiles } from './local-files.js'

/** A commit of a repository in memory. */
export interface FakeCommit {
  readonly hash: string
  readonly parent: string | undefined
  readonly subject: string
  readonly author: string
  /** ISO 8601. */
  readonly date: string
  /** The bytes of each file by its path. */
  readonly files: ReadonlyMap<string, string>
}

/** What one commit changes; `null` removes a file. */
export interface CommitChanges {
  readonly files: Readonly<Record<string, string | null>>
  /** @defaultValue `commit N` */
  readonly subject?: string
  /** @defaultValue none */
  readonly tag?: string
  /** @defaultValue `main` */
  readonly branch?: string
}

interface RepositoryState {
  readonly commits: readonly FakeCommit[]
  readonly refs: ReadonlyMap<string, string>
}

const EPOCH = Date.UTC(2026, 0, 1)

/**
 * A git repository in memory, which servers in memory can fetch from. Each method returns a changed copy.
 *
 * @example
 * ```ts
 * const repository = FakeRepository.of({ 'django/website/manage.py': '…' }, 'v1').commit({ files: { 'NEWS': 'new' }, tag: 'v2' })
 * ```
 */
export class FakeRepository {
  readonly #state: RepositoryState

  private constructor(state: RepositoryState) {
    this.#state = state
  }

  /**
   * A repository with one commit on the branch `main`.
   *
   * @param files - contents by path; what begins with `#!` can be run
   * @param tag - of the commit. @defaultValue none
   */
  static of(files: Readonly<Record<string, string>>, tag?: string): FakeRepository {
    return FakeRepository.#empty.commit({ files, ...(tag !== undefined && { tag }) })
  }

  /**
   * A repository with one commit on the branch `main`: the files of a directory of this machine, as they are now, but for
   * those that a `.gitignore` leaves out, and for `.git`. It is only read; git is not needed. Of a link to a file there is
   * a copy.
   *
   * @param tag - of the commit. @defaultValue none
   * @throws {@link OptionError} when the directory cannot be read, or for a link to anything but a file in it
   *
   * @example
   * ```ts
   * const repository = await FakeRepository.fromDirectory(import.meta.dirname)
   * ```
   */
  static async fromDirectory(directory: string, tag?: string): Promise<FakeRepository> {
    const files = await localFiles(directory)
    return FakeRepository.#empty.#committed(files, { ...(tag !== undefined && { tag }) })
  }

  static get #empty(): FakeRepository {
    return new FakeRepository({ commits: [], refs: new Map() })
  }

  /** Adds a commit to a branch. */
  commit({ files, ...more }: CommitChanges): FakeRepository {
    const content = new Map(this.#parentOn(more.branch)?.files)
    for (const [path, text] of Object.entries(files)) {
      if (text === null) content.delete(path)
      else content.set(path, bytesOf(text))
    }
    return this.#committed(content, more)
  }

  #parentOn(branch = 'main'): FakeCommit | undefined {
    const { refs } = this.#state
    return this.find(refs.get(`refs/heads/${branch}`) ?? refs.get('refs/heads/main'))
  }

  /** @param content - bytes by path: all files that it has */
  #committed(
    content: ReadonlyMap<string, string>,
    { subject, tag, branch = 'main' }: Omit<CommitChanges, 'files'>,
  ): FakeRepository {
    const { commits, refs } = this.#state
    const parent = this.#parentOn(branch)
    const number = commits.length + 1
    const text = subject ?? `commit ${number}`
    const identity = JSON.stringify([parent?.hash, text, [...content].sort()])
    const commit: FakeCommit = {
      hash: createHash('sha1').update(identity).digest('hex'),
      parent: parent?.hash,
      subject: text,
      author: 'Ann Author',
      date: new Date(EPOCH + number * 60_000).toISOString().replace('.000Z', '+00:00'),
      files: content,
    }
    const changed = new Map(refs).set(`refs/heads/${branch}`, commit.hash)
    if (tag !== undefined) changed.set(`refs/tags/${tag}`, commit.hash)
    return new FakeRepository({ commits: [...commits, commit], refs: changed })
  }

  /** Hashes by the names of branches and tags: `refs/heads/main`. */
  get refs(): ReadonlyMap<string, string> {
    return this.#state.refs
  }

  /** @internal All commits, the oldest first. */
  get commits(): readonly FakeCommit[] {
    return this.#state.commits
  }

  /** @internal A commit by its hash. */
  find(hash: string | undefined): FakeCommit | undefined {
    return this.#state.commits.find(commit => commit.hash === hash)
  }

  /** The hash of a branch or a tag; undefined if there is none of the name. */
  revision(name: string): string | undefined {
    return this.refs.get(`refs/tags/${name}`) ?? this.refs.get(`refs/heads/${name}`)
  }
}

/** The repositories that a server can reach, by their URLs, and the commits that it has seen. */
export class Repositories {
  readonly #repositories: Map<string, FakeRepository>

  constructor(repositories: Readonly<Record<string, FakeRepository>>) {
    this.#repositories = new Map(Object.entries(repositories))
  }

  find(url: string): FakeRepository | undefined {
    return this.#repositories.get(url)
  }

  set(url: string, repository: FakeRepository): void {
    this.#repositories.set(url, repository)
  }

  /** A commit by its hash, of whichever repository. */
  commit(hash: string): FakeCommit | undefined {
    return [...this.#repositories.values()].map(each => each.find(hash)).find(found => found !== undefined)
  }
}

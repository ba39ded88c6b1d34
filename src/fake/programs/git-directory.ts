import { posix } from 'node:path'
import type { FakeCommit } from '../machine/repositories.js'
import type { Process } from '../shell/process.js'

const PACKED = 'packed-refs'

/** The `.git` of a work tree, or a bare repository: its references stand in one file, its commits are those of the machine. */
export class GitDirectory {
  private constructor(
    private readonly process: Process,
    readonly path: string,
  ) {}

  /** Makes an empty one. */
  static make(process: Process, path: string): void {
    const { files } = process
    for (const directory of ['objects/pack', 'objects/info', 'refs/heads'])
      files.makeDirectories(`${path}/${directory}`)
    files.write(`${path}/HEAD`, 'ref: refs/heads/main\n')
    files.write(`${path}/config`, '[core]\n')
  }

  /** One that is there. */
  static open(process: Process, path: string): GitDirectory | undefined {
    const own = `${path.replace(/\/+$/, '')}/.git`
    const found = process.files.peek(`${own}/HEAD`) ? own : path
    if (!process.files.peek(`${found}/HEAD`)) return undefined
    return new GitDirectory(process, process.files.tree.realPath(process.user, process.files.absolute(found)))
  }

  /** That of a directory, or of one above it. */
  static above(process: Process, place: string): GitDirectory | undefined {
    const found = GitDirectory.open(process, place)
    if (found || place === '/') return found
    return GitDirectory.above(process, posix.dirname(place))
  }

  /** Hashes by the names of references. */
  get refs(): ReadonlyMap<string, string> {
    const lines = (this.process.files.tryRead(`${this.path}/${PACKED}`) ?? '').split('\n').filter(Boolean)
    return new Map(lines.map(line => [line.slice(41), line.slice(0, 40)]))
  }

  setRef(name: string, hash: string): void {
    this.#write(new Map(this.refs).set(name, hash))
  }

  /** Forgets references below a name that are not among some. */
  prune(prefix: string, kept: ReadonlySet<string>): void {
    this.#write(new Map([...this.refs].filter(([name]) => !name.startsWith(prefix) || kept.has(name))))
  }

  #write(refs: ReadonlyMap<string, string>): void {
    this.process.files.write(
      `${this.path}/${PACKED}`,
      [...refs].map(([name, hash]) => `${hash} ${name}\n`).join(''),
    )
  }

  configure(key: string, value: string): void {
    const { files } = this.process
    files.write(`${this.path}/config`, `${files.tryRead(`${this.path}/config`) ?? ''}${key} = ${value}\n`)
  }

  /** The hash that a name stands for. */
  resolve(name: string): string | undefined {
    const plain = name.replace(/\^\{commit\}$/, '')
    if (plain === 'HEAD') {
      const head = (this.process.files.tryRead(`${this.path}/HEAD`) ?? '').trim()
      return head.startsWith('ref: ') ? this.refs.get(head.slice(5)) : head
    }
    const { refs } = this
    const named = refs.get(plain) ?? refs.get(`refs/heads/${plain}`) ?? refs.get(`refs/tags/${plain}`)
    if (named !== undefined) return named
    if (!/^[0-9a-f]{4,40}$/.test(plain)) return undefined
    return this.process.machine.parts.repositories.commit(plain)?.hash
  }

  /** The commit that a name stands for. */
  commit(name: string): FakeCommit | undefined {
    const hash = this.resolve(name)
    return hash === undefined ? undefined : this.process.machine.parts.repositories.commit(hash)
  }

  /** A commit and those before it, the newest first. */
  history(name: string): readonly FakeCommit[] {
    const commits: FakeCommit[] = []
    for (let commit = this.commit(name); commit; ) {
      commits.push(commit)
      commit =
        commit.parent === undefined
          ? undefined
          : this.process.machine.parts.repositories.commit(commit.parent)
    }
    return commits
  }

  get #tree(): string {
    return posix.dirname(this.path)
  }

  /** Puts a commit's files into the work tree. */
  checkOut(commit: FakeCommit): void {
    const { files } = this.process
    for (const [path, content] of commit.files) {
      const file = `${this.#tree}/${path}`
      files.makeDirectories(posix.dirname(file))
      files.write(file, content, content.startsWith('#!') ? 0o777 : 0o666)
    }
    files.write(`${this.path}/HEAD`, `${commit.hash}\n`)
  }

  /** Files that are not as the commit has them, each with what `git status` says of it. */
  changes(): readonly (readonly [string, string])[] {
    const { files } = this.process
    const committed = this.commit('HEAD')?.files ?? new Map<string, string>()
    const ignored = (committed.get('.gitignore') ?? '')
      .split('\n')
      .filter(Boolean)
      .map(line => line.replace(/^\/|\/$/g, ''))
    const isIgnored = (path: string) =>
      ignored.some(
        each =>
          path === each ||
          path.startsWith(`${each}/`) ||
          path.split('/').includes(each) ||
          (each.startsWith('*') && path.endsWith(each.slice(1))),
      )
    const there = [...files.walk(this.#tree)].flatMap(([path, node]) =>
      node.kind === 'directory' || path.startsWith(`${this.path}/`)
        ? []
        : [path.slice(this.#tree.length + 1)],
    )
    const isChanged = (path: string) =>
      there.includes(path) && files.tryRead(`${this.#tree}/${path}`) !== committed.get(path)
    return [
      ...[...committed.keys()].filter(isChanged).map(path => [' M', path] as const),
      ...[...committed.keys()].filter(path => !there.includes(path)).map(path => [' D', path] as const),
      ...there.filter(path => !committed.has(path) && !isIgnored(path)).map(path => ['??', path] as const),
    ]
  }
}

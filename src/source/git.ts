import { ask, change, type Word } from '../command/command.js'
import { type Script, script } from '../command/script.js'
import { Secret } from '../command/secret.js'
import { OptionError } from '../errors/option-error.js'
import type { Commit, Fetched, FetchPlace, Source } from './source.js'

interface GitSettings {
  /** Without user name and password. */
  readonly url: string
  readonly login?: GitLogin | undefined
  readonly kind: 'branch' | 'tag' | 'revision'
  readonly name: string
}

interface GitLogin {
  readonly username: string
  readonly password: Secret
}

/** Takes user name and password out of a URL: what stands in a URL stands in argument vectors and in files. */
function withoutLogin(url: string): Pick<GitSettings, 'url' | 'login'> {
  const [, scheme, username, password, rest] = /^(https?:\/\/)([^/@:]*):([^/@]*)@(.*)$/s.exec(url) ?? []
  if (!scheme || username === undefined || password === undefined) return { url }
  const login = {
    username: decodeURIComponent(username),
    password: Secret.of(decodeURIComponent(password)),
  }
  return { url: `${scheme}${rest}`, login }
}

/** Answers git from the environment, which none but the same user can read. */
const CREDENTIAL_HELPER =
  '!f() { [ "$1" != get ] || printf "username=%s\\npassword=%s\\n" "$DYE_GIT_USERNAME" "$DYE_GIT_PASSWORD"; }; f'

const LOG_LIMIT = 100
const FIELD = '\x1f'
/** Never ask on a terminal that is not there. */
const QUIET = { GIT_TERMINAL_PROMPT: '0', GIT_SSH_COMMAND: 'ssh -o BatchMode=yes' }

function parseLog(lines: readonly string[]): Commit[] {
  return lines.map(line => {
    const [revision = '', author = '', subject = ''] = line.split(FIELD)
    return { revision, author, subject }
  })
}

/**
 * A git repository that the server fetches from. A description: each method returns a changed copy.
 */
export class Git implements Source {
  readonly #settings: GitSettings

  /** @internal */
  constructor(settings: GitSettings) {
    for (const [option, value] of Object.entries(settings)) {
      if (typeof value !== 'string') continue
      if (value === '' || value.startsWith('-') || value.includes('\n')) {
        throw new OptionError('source', `${JSON.stringify(value)} cannot be a ${option} of git`)
      }
    }
    this.#settings = Object.freeze(settings)
  }

  /** Deploys the tip of a branch. @defaultValue `main` */
  branch(name: string): Git {
    return new Git({ ...this.#settings, kind: 'branch', name })
  }

  /** Deploys a tag. */
  tag(name: string): Git {
    return new Git({ ...this.#settings, kind: 'tag', name })
  }

  /** Deploys a commit, by its hash or what git can resolve to one. */
  revision(name: string): Git {
    return new Git({ ...this.#settings, kind: 'revision', name })
  }

  get url(): string {
    return this.#settings.url
  }

  get title(): string {
    return `${this.#settings.kind} ${this.#settings.name} of ${this.url.replace(/\/\/[^@/]*@/, '//')}`
  }

  get chosenBranch(): string | undefined {
    return this.#settings.kind === 'branch' ? this.#settings.name : undefined
  }

  /** Options of git that make it ask our environment for the password, for the repository's own server only. */
  get #loginOptions(): readonly string[] {
    const { url, login } = this.#settings
    if (!login) return []
    const key = `credential.${new URL(url).origin}.helper`
    return ['-c', `${key}=`, '-c', `${key}=${CREDENTIAL_HELPER}`]
  }

  get #environment(): Readonly<Record<string, string | Secret>> {
    const { login } = this.#settings
    return login ? { ...QUIET, DYE_GIT_USERNAME: login.username, DYE_GIT_PASSWORD: login.password } : QUIET
  }

  get #ref(): string {
    const { kind, name } = this.#settings
    return { branch: `refs/heads/${name}`, tag: `refs/tags/${name}`, revision: name }[kind]
  }

  /**
   * Fetches into a bare mirror what it does not have yet, then checks the release out with the mirror's
   * objects: nothing is copied. Submodules are initialised, recursively.
   */
  fetch({ release, mirror, since }: FetchPlace): Script<Fetched> {
    const git = (...words: readonly Word[]) =>
      change`git ${this.#loginOptions} --git-dir=${mirror} ${words}`.withEnv(this.#environment)
    const start = change`
      [ -e ${`${mirror}/HEAD`} ] || {
        git init --quiet --bare -- ${mirror} && git --git-dir=${mirror} config gc.auto 0; }`
    const refs = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*']
    const resolve = ask`git --git-dir=${mirror} rev-parse --verify --quiet --end-of-options ${`${this.#ref}^{commit}`}`
    const checkOut = change`
      git clone --quiet --shared --no-checkout -- ${mirror} ${release} && cd -- ${release} &&
      git remote set-url origin ${this.url} && git config gc.auto 0 &&
      git checkout --quiet --detach "$(git --git-dir=${mirror} rev-parse --verify ${`${this.#ref}^{commit}`})" -- &&
      if [ -e .gitmodules ]; then git ${this.#loginOptions} submodule --quiet update --init --recursive; fi`
    const format = `--format=%H${FIELD}%an${FIELD}%s`
    const news = ask`
      git -C ${release} cat-file -e ${`${since}^{commit}`} 2>/dev/null || exit 0
      git -C ${release} log --max-count=${LOG_LIMIT} ${format} ${`${since}..HEAD`} --`
    return script(
      [
        start,
        git('fetch', '--quiet', '--prune', '--no-auto-gc', '--', this.url, ...refs),
        resolve,
        checkOut.withEnv(this.#environment),
        ...(since ? [news] : []),
      ],
      results => ({
        revision: results[2]?.stdout ?? '',
        commits: parseLog(results[4]?.lines ?? []),
      }),
      (failure, index) =>
        index === 2
          ? new OptionError(
              'source',
              `there is no ${this.title}`,
              'name a branch, tag or revision that it has.',
            )
          : failure,
    )
  }

  /** `git status`: files changed, added or removed by hand, and not those that git ignores. */
  localChanges(release: string, ours: readonly string[] = []) {
    const others = ['.', ...ours.map(path => `:(exclude,top,literal)${path}`), ':(exclude)*.pyc']
    return ask`[ ! -e ${`${release}/.git`} ] || git -C ${`${release}/`} status --porcelain --untracked-files=all -- ${others}`
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
  return new Git({ ...withoutLogin(url), kind: 'branch', name: 'main' })
}

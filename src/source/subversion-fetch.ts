import { posix } from 'node:path'
import { ask, type Command, change } from '../command/command.js'
import type { Secret } from '../command/secret.js'
import { LOG_LIMIT } from './commits.js'
import type { FetchPlace } from './source.js'

/** What is fetched from where. */
export interface SubversionFetch {
  /** Of what is deployed: the trunk, a branch, a tag. */
  readonly url: string
  /** A number; undefined for the newest. */
  readonly revision: string | undefined
  readonly login: { readonly username: string; readonly password: Secret } | undefined
}

/** Never asks, never stores anything, and knows file names that are not ASCII. */
export function environmentOf({ login }: SubversionFetch): Readonly<Record<string, string | Secret>> {
  return {
    LC_ALL: 'C.UTF-8',
    SVN_SSH: 'ssh -o BatchMode=yes',
    ...(login && { DYE_SVN_PASSWORD: login.password }),
  }
}

/** The shell function `remote`: svn that may log in, with the password by its standard input. */
function remote({ login }: SubversionFetch): Command {
  const options = ['--non-interactive', '--no-auth-cache']
  if (!login) return ask`remote() { svn ${options} "$@"; }`
  const named = [...options, '--username', login.username, '--password-from-stdin']
  return ask`remote() { printf '%s' "$DYE_SVN_PASSWORD" | svn ${named} "$@"; }`
}

/** A URL or path, with the sign that no revision follows: an @ may be in its name. */
function pegged(target: string): string {
  return `${target}@`
}

/** Prints the revision that is wanted; fails if it is not there. */
function resolve(fetch: SubversionFetch): Command {
  const { url, revision } = fetch
  const at = revision === undefined ? pegged(url) : `${url}@${revision}`
  const item = revision === undefined ? 'last-changed-revision' : 'kind'
  const print = revision === undefined ? ask`printf '%s\n' "$said"` : ask`printf '%s\n' ${revision}`
  return ask`said=$(remote info --show-item ${item} -- ${at}) && ${print}`
}

/** Where a working copy notes which revision it has been brought to: that of its last change may be an older one. */
const NOTE = '.svn/dye-revision'

/** Brings the mirror, a working copy, to what is wanted: only differences travel. Then it is copied to the release. */
export function checkOut(fetch: SubversionFetch, { release, mirror }: FetchPlace): Command {
  const beside = `${mirror}.new`
  return change`${remote(fetch)}
    revision=$(${resolve(fetch)}) || exit
    mkdir -p -- ${posix.dirname(mirror)} || exit
    update() (
      [ -d ${`${mirror}/.svn`} ] || return 1
      cd -- ${mirror} && svn --non-interactive cleanup && svn --non-interactive cleanup --remove-unversioned --remove-ignored &&
      svn --non-interactive revert --quiet --recursive . &&
      remote switch --quiet --ignore-ancestry --revision "$revision" -- ${fetch.url}@"$revision" .
    ) >&2
    anew() {
      rm -rf -- ${beside} &&
      remote checkout --quiet --revision "$revision" -- ${fetch.url}@"$revision" ${beside} >&2 &&
      rm -rf -- ${mirror} && mv -T -- ${beside} ${mirror}
    }
    update 2>/dev/null || {
      had=; [ ! -d ${`${mirror}/.svn`} ] || had=yes
      root=$(svn info --show-item repos-root-url -- ${pegged(mirror)} 2>/dev/null)
      anew || { rm -rf -- ${beside}; exit 1; }
      case $had$root in yes) echo dye:rebuilt ;; yes*) case ${`${fetch.url}/`} in "$root"/*) echo dye:rebuilt ;; esac ;; esac
    }
    cp -a --reflink=auto -- ${`${mirror}/.`} ${release} && printf '%s\n' "$revision" >${posix.join(release, NOTE)}`.withEnv(
    environmentOf(fetch),
  )
}

/** Prints the revision of a release, if it is a working copy. */
export function revisionOf(release: string): Command {
  return ask`
    [ -d ${posix.join(release, '.svn')} ] || exit 0
    cat -- ${posix.join(release, NOTE)} 2>/dev/null || LC_ALL=C.UTF-8 svn info --show-item revision -- ${pegged(release)}`
}

/** Prints the commits up to a revision of a release, as svn does, without those up to another. */
export function listCommits(fetch: SubversionFetch, release: string, since: string | undefined): Command {
  return ask`${remote(fetch)}
    revision=$(${revisionOf(release)}) && url=$(svn info --show-item url -- ${pegged(release)}) || exit
    [ "$revision" -gt ${since ?? '0'} ] || exit 0
    remote log --limit ${LOG_LIMIT} --revision "$revision:"${String(Number(since ?? '0') + 1)} -- "$url@$revision"`.withEnv(
    environmentOf(fetch),
  )
}

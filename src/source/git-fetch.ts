import { posix } from 'node:path'
import { ask, type Command, change, raw } from '../command/command.js'
import { FIELD, LOG_LIMIT } from './commits.js'
import { accessEnvironment, accessOptions, type GitAccess, SSH_FILES } from './git-access.js'
import type { FetchPlace } from './source.js'

/** What is fetched from where. */
export interface GitFetch extends GitAccess {
  readonly kind: 'branch' | 'tag' | 'revision'
  readonly name: string
  /** Commits of history that the first fetch brings; undefined for all. */
  readonly depth: number | undefined
  /** The directory of the repository that becomes the release; undefined for all of it. */
  readonly subdirectory: string | undefined
}

/** Where a release notes the commit that it is of; a subdirectory has another as its HEAD. */
export const DEPLOYED = 'refs/dye/deployed'

/** Exit code of our own scripts for a branch, tag, revision or directory that is not there. */
export const NOT_THERE = 66

/** What our own scripts print when people should know something. */
export const NOTICES: Readonly<Record<string, string>> = {
  'dye:rebuilt': 'the mirror of the repository was broken; it was fetched afresh',
  'dye:no-lfs':
    'the repository uses Git LFS, which the server has not (apt install git-lfs): those files are pointers only',
}

function refOf({ kind, name }: GitFetch): string {
  return { branch: `refs/heads/${name}`, tag: `refs/tags/${name}`, revision: name }[kind]
}

/** What of the repository is mirrored: everything, so that a hash can be short; of a shallow one what is wanted. */
function wantedRefs(fetch: GitFetch): readonly string[] {
  const ref = refOf(fetch)
  if (fetch.depth === undefined) return ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*']
  return [`+${ref}:${fetch.kind === 'revision' ? 'refs/dye/wanted' : ref}`]
}

/**
 * Shell functions that keep the mirror: `update` brings what is new, `rebuild` makes it anew beside itself if the
 * repository can be reached, and `heal` tries a function again on a mirror that was rebuilt.
 */
function mirrorFunctions(
  fetch: GitFetch,
  { mirror, lender }: Pick<FetchPlace, 'mirror' | 'lender'>,
): Command {
  const git = ask`git ${accessOptions(fetch)}`
  const beside = `${mirror}.new`
  const depth = fetch.depth === undefined ? '' : `--depth=${fetch.depth}`
  const isHash = fetch.kind === 'revision' && /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(fetch.name)
  const asked = isHash
    ? ask`git --git-dir="$1" cat-file -e ${`${fetch.name}^{commit}`} 2>/dev/null ||
      ${git} --git-dir="$1" fetch --quiet --no-auto-gc -- ${fetch.url} ${`+${fetch.name}:refs/dye/wanted`}`
    : ask`:`
  const borrow =
    lender === undefined
      ? ask`:`
      : ask`{ [ ! -e ${`${lender}/HEAD`} ] || [ -e ${`${lender}/shallow`} ] || printf '%s\n' ${`${lender}/objects`} >"$1/objects/info/alternates"; }`
  return ask`${raw(SSH_FILES)}
    make() { rm -rf -- "$1" && git init --quiet --bare --template= -- "$1" && git --git-dir="$1" config gc.auto 0 && mkdir -p -- "$1/objects/info" && ${borrow}; }
    bring() {
      ${git} --git-dir="$1" fetch --quiet --prune --no-auto-gc $depth -- ${fetch.url} ${wantedRefs(fetch)} && { ${asked}; }
    }
    update() {
      depth=; fresh=
      if [ ! -e ${`${mirror}/HEAD`} ]; then depth=${depth}; fresh=yes; make ${mirror} || return
      elif [ -e ${`${mirror}/shallow`} ]; then depth=${fetch.depth === undefined ? '--unshallow' : ''}; fi
      bring ${mirror}
    }
    rebuild() {
      [ -z "$fresh" ] && ${git} ls-remote --quiet -- ${fetch.url} HEAD >/dev/null 2>&1 || return 1
      depth=${depth}
      make ${beside} && bring ${beside} || { rm -rf -- ${beside}; return 1; }
      git --git-dir=${beside} fetch --quiet --no-auto-gc -- ${mirror} '+refs/*:refs/dye/before/*' 2>/dev/null
      rm -rf -- ${`${mirror}.broken`} && mv -T -- ${mirror} ${`${mirror}.broken`} && mv -T -- ${beside} ${mirror} &&
        rm -rf -- ${`${mirror}.broken`} && echo dye:rebuilt
    }
    heal() { "$@"; code=$?; case $code in 0 | ${NOT_THERE}) return "$code" ;; esac; rebuild && "$@"; }`
}

/** Brings into the mirror what it has not yet. */
export function updateMirror(fetch: GitFetch, place: FetchPlace): Command {
  const { mirror } = place
  return change`${mirrorFunctions(fetch, place)}
    mkdir -p -- ${posix.dirname(mirror)} && heal update`.withEnv(accessEnvironment(fetch))
}

/** Prints the commit that is wanted. */
export function resolve(fetch: GitFetch, { mirror }: FetchPlace): Command {
  const ref = fetch.kind === 'revision' && fetch.depth !== undefined ? 'refs/dye/wanted' : refOf(fetch)
  return ask`git --git-dir=${mirror} rev-parse --verify --quiet --end-of-options ${`${ref}^{commit}`} || exit ${NOT_THERE}`
}

/** The commit whose tree is the release: that of the repository, or one made of its subdirectory. */
function releaseCommit(subdirectory: string | undefined): Command {
  if (subdirectory === undefined) return ask`commit=$sha`
  const tree = ask`"$sha":${subdirectory}`
  return ask`
    [ "$(git cat-file -t ${tree} 2>/dev/null)" = tree ] || exit ${NOT_THERE}
    date=$(git log -1 --format=%cI "$sha") || exit
    commit=$(GIT_AUTHOR_NAME=dye-deploy GIT_AUTHOR_EMAIL=dye-deploy GIT_AUTHOR_DATE=$date GIT_COMMITTER_NAME=dye-deploy \
      GIT_COMMITTER_EMAIL=dye-deploy GIT_COMMITTER_DATE=$date git commit-tree -m ${`${subdirectory} of `}"$sha" ${tree})`
}

/**
 * Checks the release out, with the mirror's objects: nothing is copied. Submodules have mirrors of their own within
 * it. What Git LFS keeps elsewhere is fetched once for all releases.
 */
export function checkOut(fetch: GitFetch, place: FetchPlace): Command {
  const { release, mirror } = place
  const git = ask`git ${accessOptions(fetch)}`
  const objects = posix.join(release, '.git/objects')
  return change`${mirrorFunctions(fetch, place)}
    check_out() {
      sha=$(${resolve(fetch, { release, mirror })}) || return
      rm -rf -- ${`${release}/.git`} && git init --quiet --template= -- ${release} && cd -- ${release} &&
      mkdir -p -- ${`${objects}/info`} &&
      printf '%s\n' ${posix.relative(objects, `${mirror}/objects`)} >.git/objects/info/alternates &&
      { [ ! -e ${`${mirror}/shallow`} ] || cp -- ${`${mirror}/shallow`} .git/shallow; } &&
      git config remote.origin.url ${fetch.url} && git config gc.auto 0 &&
      git config remote.origin.fetch '+refs/heads/*:refs/remotes/origin/*' &&
      git config submodule.alternateLocation superproject && git config submodule.alternateErrorStrategy info &&
      git update-ref ${DEPLOYED} "$sha" && { ${releaseCommit(fetch.subdirectory)}
      } && GIT_LFS_SKIP_SMUDGE=1 git checkout --quiet --force --detach "$commit" --
    }
    add_submodules() {
      ${git} submodule --quiet update --init --recursive >&2 || return
      git submodule --quiet foreach --recursive 'git rev-parse --absolute-git-dir' | while IFS= read -r module; do
        copy=${mirror}/$(realpath --relative-to=.git -- "$module")
        [ -e "$copy/HEAD" ] || git init --quiet --bare --template= -- "$copy" || exit
        git -c protocol.file.allow=always --git-dir="$copy" fetch --quiet --no-auto-gc -- "$module" '+HEAD:refs/heads/kept' || exit
      done
    }
    add_large_files() {
      git lfs version >/dev/null 2>&1 || { echo dye:no-lfs; return; }
      git config lfs.storage ${`${mirror}/lfs`} && git lfs install --local --skip-repo >&2 &&
      GIT_ALTERNATE_OBJECT_DIRECTORIES=${`${mirror}/objects`} ${git} lfs pull >&2 # it does not find relative ones by itself
    }
    pack() {
      [ "$(find ${`${mirror}/objects/pack`} -name '*.pack' | wc -l)" -lt 50 ] || git --git-dir=${mirror} repack -adkq
    }
    heal check_out || exit
    cd -- ${release} &&
    { [ ! -e .gitmodules ] || add_submodules; } &&
    { [ -z "$(git ls-files -z -- .gitattributes '**/.gitattributes' | xargs -0r grep -ls filter=lfs)" ] || add_large_files; } &&
    pack`.withEnv(accessEnvironment(fetch))
}

/** Prints commits of a release, a line each. */
export function listCommits(release: string, subdirectory: string | undefined, since?: string): Command {
  const format = `--format=%H${FIELD}%an${FIELD}%aI${FIELD}%s`
  const paths = subdirectory === undefined ? [] : [`:(top)${subdirectory}`]
  const git = ask`git -C ${release}`
  const range = since === undefined ? [] : [`^${since}`]
  const known =
    since === undefined ? ask`:` : ask`${git} cat-file -e ${`${since}^{commit}`} 2>/dev/null || exit 0`
  return ask`
    ${known}
    tip=$(${git} rev-parse --verify --quiet ${DEPLOYED} || echo HEAD)
    ${git} log --max-count=${LOG_LIMIT} ${format} "$tip" ${range} -- ${paths}`
}

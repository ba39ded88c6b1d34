import { posix } from 'node:path'
import { ask, type Command, change } from '../command/command.js'
import { type Script, script } from '../command/script.js'
import { ReleaseError } from '../errors/release-error.js'
import type { Layout } from './layout.js'
import { RELOCATE } from './relocate.js'

/** A path in a release that all releases share, relative to it. */
export interface SharedPath {
  readonly path: string
  readonly kind: 'directory' | 'file'
}

/** True if one path is the other, or inside it. */
export function isWithin(path: string, other: string): boolean {
  return path === other || path.startsWith(`${other}/`)
}

/** Two paths of which one is inside the other, if there are any. */
export function overlapOf(paths: readonly string[]): readonly [string, string] | undefined {
  for (const [index, path] of paths.entries()) {
    const other = paths.find((each, at) => at !== index && isWithin(path, each))
    if (other !== undefined) return [other, path]
  }
  return undefined
}

const HIDDEN = 65
const MISSING = 67

/** What keeps an empty directory in a repository, and may be hidden. */
const PLACEHOLDERS = ['.gitkeep', '.gitignore', '.keep', '.cvsignore', '.empty', '.placeholder']

/** Where the hashes of the repository's files are noted that have been copied to where all releases share them. */
function seedsOf({ state }: Layout): string {
  return posix.join(state, 'seeds')
}

/** Prints a hash for each file that a release has below a path, placeholders aside, out of two places. */
function hashes(from: string, path: string, listedIn: string): Command {
  const names = PLACEHOLDERS.flatMap(name => ['!', '-name', name])
  const find = ask`[ ! -e ${path} ] || find ${path} -type f ${names} -print0`
  return ask`(cd -- ${listedIn} && ${find}) | (cd -- ${from} 2>/dev/null && xargs -0r sha256sum -- 2>/dev/null)`
}

/** Fails if a file of the release would be hidden: one that is not shared, in the same version or in the one that it was shared with. */
function checkHidden(release: string, layout: Layout, { path }: SharedPath): Command {
  const inShared = posix.join(layout.shared, path)
  const inLive = posix.join(layout.live, path)
  const seeds = seedsOf(layout)
  return ask`
    [ -e ${posix.join(release, path)} ] && [ ! -L ${posix.join(release, path)} ] || exit 0
    if [ -e ${inShared} ]; then from=${layout.shared}
    elif [ -e ${inLive} ] && [ ! -L ${inLive} ]; then from=${layout.live}
    else exit 0; fi
    hidden=$({
      cat -- ${seeds} 2>/dev/null
      if [ "$from" = ${layout.shared} ]; then ${hashes(layout.shared, path, release)}
      else ${hashes(layout.live, path, release)}; fi
      echo --; ${hashes(release, path, release)}
    } | awk '/^--$/ { new = 1; next } !new { known[$0]; next } !($0 in known) { print substr($0, 67) }')
    [ -z "$hidden" ] || { printf '%s\n' "$hidden"; exit ${HIDDEN}; }`
}

function checkThere(release: string, { shared, live }: Layout, { path, kind }: SharedPath): Command {
  const places = [shared, live, release].map(place => posix.join(place, path))
  if (kind === 'directory') return ask`:`
  return ask`ls -d -- ${places} 2>/dev/null | grep -q . || exit ${MISSING}`
}

/** Makes a path of a release a link to the one place that all releases share, and fills that if there is none yet. */
function link(release: string, layout: Layout, { path, kind }: SharedPath): Command {
  const inRelease = posix.join(release, path)
  const inShared = posix.join(layout.shared, path)
  const seeds = seedsOf(layout)
  return change`${RELOCATE}
    mkdir -p -- ${posix.dirname(inShared)} ${posix.dirname(inRelease)} || exit
    if [ -L ${inShared} ] || [ ! -e ${inShared} ]; then
      live=$(realpath -e -- ${layout.live} 2>/dev/null) && live=$live/${path}
      [ -z "$live" ] || relocate "$live" ${inShared} || exit
    fi
    if [ ! -e ${inShared} ]; then
      rm -rf -- ${inShared}.new
      if [ -e ${inRelease} ]; then
        ${hashes(release, path, release)} >>${seeds}
        cp -a -- ${inRelease} ${inShared}.new && mv -T -- ${inShared}.new ${inShared}
      else ${kind === 'directory' ? ask`mkdir -- ${inShared}` : ask`false`}; fi || exit
    fi
    rm -rf -- ${inRelease} && ln -s -- ${posix.relative(posix.dirname(inRelease), inShared)} ${inRelease}`
}

function refused(host: string, exitCode: number | undefined, path: string, output: string): ReleaseError {
  const what = `share ${path} between releases`
  if (exitCode === MISSING) {
    const why = 'there is no such file, neither shared nor in the live release nor in the new one'
    const remedy = `put it there: shared/${path} in the project’s home.`
    return new ReleaseError('SHARED_FILE_MISSING', { what, host, why, remedy })
  }
  const why = 'it would hide files that the repository has, or has changed'
  const remedy = 'take these files out of the repository, or do not share the path.'
  return new ReleaseError('SHARED_HIDES_FILES', { what, host, why, output, remedy })
}

/** Links all that is shared into a release; nothing is touched before all of it was found to be in order. */
export function linkShared(release: string, layout: Layout, paths: readonly SharedPath[]): Script<void> {
  const checks = paths.flatMap(path => [
    checkThere(release, layout, path),
    checkHidden(release, layout, path),
  ])
  return script(
    [...checks, ...paths.map(path => link(release, layout, path))],
    () => undefined,
    (failure, index) => {
      const { host, exitCode, stdout } = failure
      const known = exitCode === MISSING || exitCode === HIDDEN
      const path = paths[Math.floor(index / 2)]?.path
      return known && path !== undefined ? refused(host, exitCode, path, stdout) : failure
    },
  )
}

import { posix } from 'node:path'
import { type Command, change } from '../command/command.js'

/**
 * Makes a path of a release a link to the one place that all releases share. The first release that has
 * something there seeds it; else an empty directory is made.
 */
export function linkShared(release: string, shared: string, path: string): Command {
  const inRelease = posix.join(release, path)
  const inShared = posix.join(shared, path)
  return change`
    mkdir -p -- ${posix.dirname(inShared)} ${posix.dirname(inRelease)} &&
    if [ ! -e ${inShared} ]; then
      rm -rf -- ${inShared}.new
      if [ -e ${inRelease} ]; then cp -a -- ${inRelease} ${inShared}.new && mv -T -- ${inShared}.new ${inShared}
      else mkdir -- ${inShared}; fi
    fi &&
    rm -rf -- ${inRelease} && ln -s -- ${posix.relative(posix.dirname(inRelease), inShared)} ${inRelease}`
}

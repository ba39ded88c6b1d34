import { posix } from 'node:path'
import { type Command, change } from '../command/command.js'

/**
 * Points a link at another directory, by one rename: readers see the old one or the new one, never
 * neither. The link is relative, so that the whole tree can be moved. Where a real directory stands in the link's place it fails and touches nothing.
 */
export function switchLink(link: string, target: string): Command {
  const beside = `${link}.switch`
  return change`ln -sfn -- ${posix.relative(posix.dirname(link), target)} ${beside} &&
    mv -fT -- ${beside} ${link} || { rm -f -- ${beside}; exit 1; }`
}

/** Takes a link away, if it is one. */
export function removeLink(link: string): Command {
  return change`[ ! -L ${link} ] || rm -f -- ${link}`
}

/** Brings what was written below a directory to the disk, so that a link to it never outlives it in a power cut. */
export function flushed(directory: string): Command {
  return change`sync -f -- ${directory}`
}

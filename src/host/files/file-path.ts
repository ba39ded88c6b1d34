import { randomBytes } from 'node:crypto'
import { posix } from 'node:path'
import { OptionError } from '../../errors/option-error.js'

/** Begin the names of what is written beside, until it gets its final name. */
export const BESIDE = { upload: '.dye-upload-', download: '.dye-download-', write: '.dye-write-' } as const

/**
 * A path as an operand that no program takes for an option or an expression: absolute, or begun with a dot.
 *
 * @throws {@link OptionError} when it is empty
 */
export function operand(path: string): string {
  if (path === '') throw new OptionError('path', 'a path cannot be empty')
  return posix.isAbsolute(path) || /^\.\.?(\/|$)/.test(path) ? path : `./${path}`
}

/** A path without slashes at its end: `link/` would be what the link points to. */
export function withoutSlash(path: string): string {
  return operand(path).replace(/(?<=[^/])\/+$/, '')
}

/** The directory that a path is in. */
export function above(path: string): string {
  return operand(posix.dirname(withoutSlash(path)))
}

/** A new name for what is written beside. */
export function newName(kind: keyof typeof BESIDE): string {
  return BESIDE[kind] + randomBytes(8).toString('hex')
}

/** A new name in the directory of a path: on the same file system, and short enough whatever the path is. */
export function beside(path: string, kind: keyof typeof BESIDE): string {
  return `${above(path).replace(/\/$/, '')}/${newName(kind)}`
}

/**
 * A path that may be removed.
 *
 * @throws {@link OptionError} when it is the root, the working directory or one above it
 */
export function removable(path: string): string {
  const plain = withoutSlash(path)
  const name = posix.basename(posix.normalize(plain))
  if (name === '' || name === '.' || name === '..') {
    throw new OptionError('path', `"${path}" is no file or directory that could be removed`)
  }
  return plain
}

import { posix } from 'node:path'
import type { FileAccess } from '../machine/file-access.js'
import type { Process } from '../shell/process.js'

/** Does something with each operand; the exit code tells whether all went well. */
export function each(
  process: Process,
  operands: readonly string[],
  describe: (path: string) => string,
  act: (path: string) => void,
): number {
  return Math.max(0, ...operands.map(path => process.attempt(describe(path), () => act(path))))
}

/** The path that a program puts something at: in a directory if there is one, unless the target is meant `exactly`. */
export function into(
  files: FileAccess,
  source: string,
  target: string,
  { exactly = false, follow = true }: { readonly exactly?: boolean; readonly follow?: boolean } = {},
): string {
  const isDirectory = !exactly && files.peek(target, follow)?.kind === 'directory'
  return isDirectory ? posix.join(target, posix.basename(source)) : target
}

import { posix } from 'node:path'
import { type Command, change } from '../command/command.js'
import { type Script, script } from '../command/script.js'
import { DumpError } from '../errors/dump-error.js'
import type { DumpResult } from './database.js'

/** How a kind of database makes a dump. */
export interface DumpRecipe {
  /** Shell text that sets things up, with `$dir` for temporary files. */
  readonly prepare: Command
  /** Prints the dump. */
  readonly print: Command
  /** Reads the dump from its input and fails if it is not complete. */
  readonly check: Command
}

/**
 * Makes a dump: printed through gzip into a file beside, read back and checked, then renamed. Exit codes
 * are taken of the dumping program itself, not only of the pipe's end.
 */
export function dumpTo(file: string, { prepare, print, check }: DumpRecipe): Script<DumpResult> {
  const part = `${file}.part`
  const command = change`
    ${prepare}
    mkdir -p -- ${posix.dirname(file)} &&
    { ${print} || : >"$dir/failed"; } | gzip >${part} && [ ! -e "$dir/failed" ] &&
    { gzip -dc -- ${part} || : >"$dir/failed"; } | { ${check} ; } >/dev/null && [ ! -e "$dir/failed" ] &&
    sync -- ${part} && mv -f -- ${part} ${file} && wc -c <${file} || { rm -f -- ${part}; exit 1; }`
  return script(
    [command],
    ([{ stdout }]) => ({ file, bytes: Number(stdout) }),
    failure =>
      new DumpError({
        what: `make the dump ${file}`,
        host: failure.host,
        why: 'the database could not be read, or its dump is not complete',
        output: failure.stderr,
      }),
  )
}

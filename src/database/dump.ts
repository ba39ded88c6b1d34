import { posix } from 'node:path'
import { ask, change } from '../command/command.js'
import { type Script, script } from '../command/script.js'
import { DumpError } from '../errors/dump-error.js'
import { logOf } from '../support/log.js'
import type { Credentials } from './credentials.js'
import { whyOf } from './failure.js'
import type { DatabaseKind } from './kind.js'

const log = logOf('database')

/** A dump that was made and verified. */
export interface DumpResult {
  readonly file: string
  /** Size in bytes, compressed. */
  readonly bytes: number
  /**
   * Rows of each table in it. Those of MySQL were counted right before: somebody may have written meanwhile.
   */
  readonly rows: Readonly<Record<string, number>>
}

function rowsIn(lines: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    lines.map(line => line.split('\t')).map(([table = '', rows]) => [table, Number(rows)]),
  )
}

/**
 * Makes a dump: printed through gzip into a file beside, read back and checked, then renamed. It has to end as a whole
 * one does, and to have all the tables that were there when it was begun. Exit codes are taken of the dumping program
 * itself, not only of the pipe's end.
 */
export function dumpTo(kind: DatabaseKind, file: string, credentials?: Credentials): Script<DumpResult> {
  const part = `${file}.part`
  const counted = kind.count ? ask`{ ${kind.count} ; } >"$dir/rows"` : ask`:`
  const rows = kind.count ? 'rows' : 'found'
  const command = change`
    ${kind.prepare(credentials)}
    mkdir -p -- ${posix.dirname(file)} &&
    { ${kind.tables} ; } >"$dir/tables" && ${counted} &&
    { ${kind.print} || : >"$dir/failed"; } | gzip >${part} && [ ! -e "$dir/failed" ] &&
    { gzip -dc -- ${part} || : >"$dir/failed"; } | { ${kind.check} || : >"$dir/failed"; } >"$dir/found" &&
    [ ! -e "$dir/failed" ] || { rm -f -- ${part}; exit 1; }
    sort -- "$dir/tables" >"$dir/wanted"; cut -f 1 -- "$dir/found" | sort >"$dir/there"
    missing=$(comm -23 -- "$dir/wanted" "$dir/there") &&
    [ -z "$missing" ] || { echo "the dump lacks the tables" $missing >&2; rm -f -- ${part}; exit 1; }
    sync -- ${part} && mv -f -- ${part} ${file} && wc -c <${file} && cat -- "$dir"/${rows} || { rm -f -- ${part}; exit 1; }`
  return script(
    [command],
    ([{ lines }]) => {
      const made = { file, bytes: Number(lines[0]), rows: rowsIn(lines.slice(1)) }
      log('%s: %d bytes, rows %o', file, made.bytes, made.rows)
      return made
    },
    failure =>
      new DumpError({
        what: `make the dump ${file}`,
        host: failure.host,
        why: whyOf(failure) ?? 'the database could not be read, or its dump is not complete',
        output: failure.stderr,
      }),
  )
}

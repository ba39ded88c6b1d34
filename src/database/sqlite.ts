import { posix } from 'node:path'
import { ask, type Command, change } from '../command/command.js'
import { quote } from '../command/quote.js'
import { type Script, script } from '../command/script.js'
import { OptionError } from '../errors/option-error.js'
import type { CallOptions, Host } from '../host/host.js'
import type { Database, DumpResult, EnsureResult } from './database.js'
import { dumpTo } from './dump.js'

/** A SQLite database; see {@link Database.sqlite}. */
export interface SqliteOptions {
  /** Path of the database file on the server; absolute, since it must outlive each release. */
  readonly file: string
}

/** Copies a database that may be in use, by SQLite's own backup; one that is missing is not made. Arguments: from, to. */
const BACKUP = `
import pathlib, sqlite3, sys
source = sqlite3.connect(pathlib.Path(sys.argv[1]).as_uri() + '?mode=rw', uri=True)
target = sqlite3.connect(sys.argv[2])
source.backup(target)
target.close()
`

/** Fails unless a database file is whole. Argument: the file. */
const CHECK = `
import sqlite3, sys
answer = sqlite3.connect(sys.argv[1]).execute('PRAGMA integrity_check').fetchone()[0]
sys.exit(answer if answer != 'ok' else 0)
`

/** SQLite, through the sqlite3 module of the server's Python. */
export class Sqlite implements Database {
  readonly #file: string

  constructor({ file }: SqliteOptions) {
    if (!posix.isAbsolute(file)) {
      throw new OptionError(
        'database',
        `${JSON.stringify(file)} is no absolute path, so it would end with its release`,
      )
    }
    this.#file = file
  }

  get title(): string {
    return `SQLite database ${posix.basename(this.#file)}`
  }

  ensureScript(): Script<EnsureResult> {
    const command = change`
      [ ! -e ${this.#file} ] || { echo present; exit 0; }
      mkdir -p -- ${posix.dirname(this.#file)} && echo created`
    return script([command], ([{ stdout }]) => ({
      changed: stdout === 'created',
      reason: stdout === 'created' ? 'it was not there' : 'it is there',
    }))
  }

  lookCommand(): Command {
    return ask`[ -e ${this.#file} ]`
  }

  dumpScript(file: string): Script<DumpResult> {
    return dumpTo(file, {
      prepare: ask`umask 077; dir=$(mktemp -d) && trap 'rm -rf -- "$dir"' EXIT || exit 1`,
      print: ask`{ python3 -c ${BACKUP} ${this.#file} "$dir/copy" && cat -- "$dir/copy"; }`,
      check: ask`cat >"$dir/back" && python3 -c ${CHECK} "$dir/back"`,
    })
  }

  restoreCommand(file: string): Command {
    const beside = `${this.#file}.restored`
    return change`
      trap ${`rm -f -- ${quote(beside)}`} EXIT
      rm -f -- ${beside} && gzip -dc -- ${file} >${beside} && python3 -c ${CHECK} ${beside} || exit 1
      [ ! -e ${this.#file} ] || chmod --reference=${this.#file} -- ${beside} &&
      { [ "$(id -u)" -ne 0 ] || [ ! -e ${this.#file} ] || chown --reference=${this.#file} -- ${beside}; } &&
      rm -f -- ${[`${this.#file}-wal`, `${this.#file}-shm`]} && mv -f -- ${beside} ${this.#file}`
  }

  ensure(host: Host, options?: CallOptions): Promise<EnsureResult> {
    return host.perform(this.ensureScript(), options)
  }

  dump(host: Host, file: string, options?: CallOptions): Promise<DumpResult> {
    return host.perform(this.dumpScript(file), options)
  }

  async restore(host: Host, file: string, options?: CallOptions): Promise<void> {
    await host.runAll([this.restoreCommand(file)], options)
  }
}

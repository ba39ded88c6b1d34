import { posix } from 'node:path'
import { ask, type Command, change } from '../command/command.js'
import { OptionError } from '../errors/option-error.js'
import type { DatabaseKind } from './kind.js'

/** A SQLite database; see {@link Database.sqlite}. */
export interface SqliteOptions {
  /** Path of the database file on the server; absolute, since it must outlive each release. */
  readonly file: string
  /** Which of the application's databases it is, `DATABASES['other']`. @defaultValue `default` */
  readonly alias?: string
}

/** Copies a database that may be in use, by SQLite's own backup; one that is missing is not made. Arguments: from, to. */
export const BACKUP = `
import pathlib, sqlite3, sys
source = sqlite3.connect(pathlib.Path(sys.argv[1]).as_uri() + '?mode=rw', uri=True)
target = sqlite3.connect(sys.argv[2])
source.backup(target)
target.close()
`

/** Prints the tables of a database with their numbers of rows; fails unless it is whole. Argument: the file. */
export const CHECK = `
import pathlib, sqlite3, sys
with open(sys.argv[1], 'rb') as file:
    if file.read(16) not in (b'', b'SQLite format 3\\0'):
        sys.exit('file is not a database')
database = sqlite3.connect(pathlib.Path(sys.argv[1]).as_uri() + '?mode=ro', uri=True)
database.text_factory = lambda text: text.decode(errors='replace')
answer = database.execute('PRAGMA integrity_check').fetchone()[0]
if answer != 'ok':
    sys.exit(answer)
for name, in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").fetchall():
    rows = database.execute('SELECT COUNT(*) FROM "%s"' % name.replace('"', '""')).fetchone()[0]
    print('%s\\t%d' % (name, rows))
`

/** SQLite, through the sqlite3 module of the server's Python. */
export class Sqlite implements DatabaseKind {
  readonly #file: string
  readonly alias: string

  constructor({ file, alias = 'default' }: SqliteOptions) {
    if (!posix.isAbsolute(file)) {
      throw new OptionError(
        'database',
        `${JSON.stringify(file)} is no absolute path, so it would end with its release`,
      )
    }
    this.#file = file
    this.alias = alias
  }

  get title(): string {
    return `SQLite database ${posix.basename(this.#file)}`
  }

  /** `$db` is the file, `$others` are those that SQLite keeps beside it. */
  prepare(): Command {
    return ask`
      umask 077; db=${this.#file}
      dir=$(mktemp -d) && trap 'rm -rf -- "$dir" "$db.restored"' EXIT || exit 1`
  }

  readonly needs = [{ names: ['python3'], package: 'python3' }] as const
  readonly look = ask`[ -e "$db" ]`
  readonly ensure = change`
      [ ! -e "$db" ] || { echo present; exit 0; }
      umask 022 && mkdir -p -- "$(dirname -- "$db")" && echo created`
  readonly tables = ask`python3 -c ${CHECK} "$db" | cut -f 1`
  readonly print = ask`{ python3 -c ${BACKUP} "$db" "$dir/copy" && cat -- "$dir/copy"; }`
  readonly check = ask`{ cat >"$dir/back" && python3 -c ${CHECK} "$dir/back"; }`
  readonly count = undefined
  readonly restore = change`
      beside=$db.restored
      rm -f -- "$beside" && gzip -dcf -- "$file" >"$beside" && python3 -c ${CHECK} "$beside" >/dev/null || exit 1
      [ ! -e "$db" ] || chmod --reference="$db" -- "$beside" &&
      { [ "$(id -u)" -ne 0 ] || [ ! -e "$db" ] || chown --reference="$db" -- "$beside"; } &&
      rm -f -- "$db-wal" "$db-shm" && mv -f -- "$beside" "$db"`
  readonly clean = change`rm -f -- "$db" "$db-wal" "$db-shm" "$db-journal"`
  readonly drop = this.clean
}

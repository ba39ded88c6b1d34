import { ask, type Command, change } from '../command/command.js'
import { mapped, type Script, script } from '../command/script.js'
import type { Secret } from '../command/secret.js'
import { OptionError } from '../errors/option-error.js'
import type { CallOptions, Host } from '../host/host.js'
import { type Credentials, given, withCredentials } from './credentials.js'
import type { Database, DumpResult, EnsureResult } from './database.js'
import { dumpTo } from './dump.js'

/** A MySQL or MariaDB database; see {@link Database.mysql}. */
export interface MysqlOptions {
  /** Letters, digits and `_`, 64 at most. */
  readonly name: string
  /** @defaultValue the application's user; without an application, who is logged in, by socket */
  readonly user?: string
  /** @defaultValue the application's password */
  readonly password?: Secret
  /** @defaultValue the server itself, by socket */
  readonly host?: string
  /** @defaultValue 3306 */
  readonly port?: number
}

/** `$my` and `$mydump` are the client programs with an option file that has user and password. */
const CLIENT = ask`
  option() { printf '%s="' "$1"; printf %s "$2" | sed 's/[\"]/\\&/g'; printf '"\n'; }
  { echo '[client]'
    [ -z "$DB_USER" ] || option user "$DB_USER"
    [ -z "$DB_PASSWORD" ] || option password "$DB_PASSWORD"
    [ -z "$DB_HOST" ] || option host "$DB_HOST"
    [ -z "$DB_PORT" ] || option port "$DB_PORT"
  } >"$dir/my.cnf"
  my="$(command -v mariadb || command -v mysql || echo mysql) --defaults-extra-file=$dir/my.cnf"
  mydump="$(command -v mariadb-dump || command -v mysqldump || echo mysqldump) --defaults-extra-file=$dir/my.cnf"`

/** Makes database and user as root of the database server, whom the socket lets in; SQL goes by standard input. */
const CREATE = change`
  q='\`'
  sql() { printf %s "$1" | sed "s/[\\\\']/\\\\&/g"; }
  case $DB_NAME$DB_USER in *[!A-Za-z0-9_]*) echo "the names of database and user may have letters, digits and _" >&2; exit 1;; esac
  at=localhost; case $DB_HOST in ''|localhost|127.0.0.1|::1) ;; *) at=%;; esac
  root="sudo -n"; [ "$(id -u)" != 0 ] || root=
  $root $(command -v mariadb || command -v mysql || echo mysql) <<SQL || exit 1
CREATE DATABASE IF NOT EXISTS $q$DB_NAME$q CHARACTER SET utf8mb4;
CREATE USER IF NOT EXISTS '$DB_USER'@'$at' IDENTIFIED BY '$(sql "$DB_PASSWORD")';
ALTER USER '$DB_USER'@'$at' IDENTIFIED BY '$(sql "$DB_PASSWORD")';
GRANT ALL PRIVILEGES ON $q$DB_NAME$q.* TO '$DB_USER'@'$at';
SQL`

const COMPLETE = ask`tail -n 1 | grep -q '^-- Dump completed'`

/** MySQL and MariaDB, through their command line clients on the server. */
export class Mysql implements Database {
  readonly #options: MysqlOptions

  constructor(options: MysqlOptions) {
    if (!/^\w{1,64}$/.test(options.name)) {
      throw new OptionError('database', `"${options.name}" is not a name of letters, digits and _`)
    }
    this.#options = Object.freeze({ ...options })
  }

  get title(): string {
    return `MySQL database ${this.#options.name}`
  }

  ensureScript(credentials?: Credentials): Script<EnsureResult> {
    const command = change`
      ${this.#prepare(credentials)}
      if $my -e ';' "$DB_NAME" 2>/dev/null; then echo present; exit 0; fi
      ${CREATE}
      $my -e ';' "$DB_NAME" && echo created`
    return script([command], ([{ stdout }]) => ({
      changed: stdout === 'created',
      reason: stdout === 'created' ? 'it was not there, or its user could not log in' : 'it is there',
    }))
  }

  lookCommand(credentials?: Credentials): Command {
    return ask`
      ${this.#prepare(credentials)}
      $my -e ';' "$DB_NAME"`
  }

  dumpScript(file: string, credentials?: Credentials): Script<DumpResult> {
    const options = ['--single-transaction', '--quick', '--routines', '--triggers', '--no-tablespaces']
    return dumpTo(file, {
      prepare: this.#prepare(credentials),
      print: ask`$mydump ${options} --default-character-set=utf8mb4 "$DB_NAME"`,
      check: COMPLETE,
    })
  }

  restoreCommand(file: string, credentials?: Credentials): Command {
    return change`
      ${this.#prepare(credentials)}
      gzip -dcf -- ${file} | ${COMPLETE} || { echo ${`${file} is not a complete dump`} >&2; exit 1; }
      { printf 'DROP DATABASE \`%s\`; CREATE DATABASE \`%s\` CHARACTER SET utf8mb4; USE \`%s\`;\n' "$DB_NAME" "$DB_NAME" "$DB_NAME"
        gzip -dcf -- ${file}
      } | $my`
  }

  ensure(host: Host, options?: CallOptions): Promise<EnsureResult> {
    return host.perform(this.ensureScript(), options)
  }

  dump(host: Host, file: string, options?: CallOptions): Promise<DumpResult> {
    return host.perform(this.dumpScript(file), options)
  }

  restore(host: Host, file: string, options?: CallOptions): Promise<void> {
    const restored = script([this.restoreCommand(file)], () => undefined)
    return host.perform(
      mapped(restored, () => undefined),
      options,
    )
  }

  #prepare(credentials: Credentials | undefined): Command {
    const { name } = this.#options
    return ask`${withCredentials(credentials ?? given(this.#options))}
      [ "$DB_NAME" = ${name} ] || { echo ${`the application uses another database than ${name}:`} "$DB_NAME" >&2; exit 1; }
      ${CLIENT}`
  }
}

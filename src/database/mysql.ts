import { AS_ROOT } from '../command/as-root.js'
import { ask, type Command, change } from '../command/command.js'
import { OptionError } from '../errors/option-error.js'
import {
  type Credentials,
  checkName,
  given,
  IS_LOCAL,
  known,
  PLAIN_NAMES,
  type ServerDatabaseOptions,
  withAdministrator,
  withCredentials,
} from './credentials.js'
import { type DatabaseKind, NO_ADMINISTRATOR } from './kind.js'

/** A MySQL or MariaDB database; see {@link Database.mysql}. */
export interface MysqlOptions extends ServerDatabaseOptions {
  /** Character set of a database that is made. @defaultValue `utf8mb4` */
  readonly characterSet?: string
}

/** `$my` and `$mydump` are the client programs with an option file that has user and password. */
const CLIENT = ask`
  option() { printf '%s="' "$1"; printf %s "$2" | sed 's/[\"]/\\&/g'; printf '"\n'; }
  where() { [ -z "$DB_HOST" ] || option host "$DB_HOST"; [ -z "$DB_PORT" ] || option port "$DB_PORT"; }
  { echo '[client]'
    [ -z "$DB_USER" ] || option user "$DB_USER"
    [ -z "$DB_PASSWORD" ] || option password "$DB_PASSWORD"
    where
  } >"$dir/my.cnf"
  client=$(command -v mariadb || command -v mysql || echo mysql)
  my="$client --defaults-extra-file=$dir/my.cnf"
  mydump="$(command -v mariadb-dump || command -v mysqldump || echo mysqldump) --defaults-extra-file=$dir/my.cnf"`

/** `administrator` sets `$admin`: a client that may make databases, of root by the socket if nobody is named. */
const ADMINISTRATOR = ask`
  ${AS_ROOT}
  named() { { echo '[client]'; option user "$1"; option password "$2"; where; } >"$dir/admin.cnf"; try="$client --defaults-extra-file=$dir/admin.cnf"; }
  administrator() {
    if [ -n "$ADMIN_USER" ]; then named "$ADMIN_USER" "$ADMIN_PASSWORD"; $try -e ';' 2>"$dir/said"
    elif ! ${IS_LOCAL}; then echo "no administrator of the database on $DB_HOST is named" >"$dir/said"; false
    else
      try="$root $client"; $try -e ';' </dev/null 2>"$dir/said" ||
      { password=$($root head -n 1 /root/mysql_root_password 2>/dev/null) && [ -n "$password" ] && named root "$password" && $try -e ';'; } 2>>"$dir/said"
    fi && admin=$try || { cat -- "$dir/said" >&2; return 1; }
  }`

/** SQL that goes by standard input, and functions for it. */
const SQL = ask`
  q='\`'
  sql() { printf %s "$1" | sed "s/[\\\\']/\\\\&/g"; }
  pattern() { printf %s "$1" | sed 's/_/\\_/g'; }
  ${PLAIN_NAMES}`

const RIGHTS = `SELECT COUNT(*) FROM information_schema.schema_privileges WHERE table_schema LIKE 'test%'`

const CREATE = change`
  at=localhost; ${IS_LOCAL} || at=%
  $admin <<SQL || exit 1
CREATE DATABASE IF NOT EXISTS $q$DB_NAME$q CHARACTER SET $charset;
CREATE USER IF NOT EXISTS '$DB_USER'@'$at' IDENTIFIED BY '$(sql "$DB_PASSWORD")';
ALTER USER '$DB_USER'@'$at' IDENTIFIED BY '$(sql "$DB_PASSWORD")';
GRANT ALL PRIVILEGES ON $q$(pattern "$DB_NAME")$q.* TO '$DB_USER'@'$at';
$([ -z "$tests" ] || echo "GRANT ALL PRIVILEGES ON $q$(pattern "test_$DB_NAME")%$q.* TO '$DB_USER'@'$at';")
SQL`

const ENSURE = change`
  allowed() { [ -z "$tests" ] || [ "$($my -N -e ${RIGHTS})" != 0 ]; }
  if $my -e ';' "$DB_NAME" 2>"$dir/refused" && allowed; then echo present; exit 0; fi
  ${SQL}
  administrator || { cat -- "$dir/refused" >&2; exit ${NO_ADMINISTRATOR}; }
  ${CREATE}
  $my -e ';' "$DB_NAME" && echo created`

const BASE_TABLES = `FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'`
const TABLES = `SELECT table_name ${BASE_TABLES}`
const COUNTS = `SELECT CONCAT('SELECT ', QUOTE(table_name), ', COUNT(*) FROM \`', table_name, '\`;') ${BASE_TABLES}`

const COMPLETE =
  '/^CREATE TABLE `/ { name = $0; sub(/^CREATE TABLE `/, "", name); sub(/` .*$/, "", name); print name } { last = $0 } END { exit last !~ /^-- Dump completed/ }'

const DUMP_OPTIONS = [
  ...['--single-transaction', '--quick', '--routines', '--triggers', '--events', '--hex-blob'],
  ...['--no-tablespaces', '--default-character-set=utf8mb4'],
]

/** Things that a table cannot take along when it is renamed into another database. */
const FIXED = `SELECT (SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_schema IN (@now, @new))
+ (SELECT COUNT(*) FROM information_schema.routines WHERE routine_schema IN (@now, @new))
+ (SELECT COUNT(*) FROM information_schema.events WHERE event_schema IN (@now, @new))
+ (SELECT COUNT(*) FROM information_schema.tables WHERE table_schema IN (@now, @new) AND table_type <> 'BASE TABLE');`

/** One statement, which is done as a whole or not at all. */
const EXCHANGE = `SET SESSION group_concat_max_len = 100000000;
SELECT CONCAT('RENAME TABLE ', GROUP_CONCAT(part ORDER BY turn SEPARATOR ', '), ';') FROM (
SELECT 1 AS turn, CONCAT('\`', @now, '\`.\`', table_name, '\` TO \`', @old, '\`.\`', table_name, '\`') AS part
FROM information_schema.tables WHERE table_schema = @now UNION ALL
SELECT 2, CONCAT('\`', @new, '\`.\`', table_name, '\` TO \`', @now, '\`.\`', table_name, '\`')
FROM information_schema.tables WHERE table_schema = @new) AS parts HAVING COUNT(*) > 0;`

/** With an administrator: loaded into a new database, whose tables then take the place of the old ones at once. */
const EXCHANGED = change`
  new=$DB_NAME"__new" old=$DB_NAME"__old"
  set_names="SET @now = '$DB_NAME', @new = '$new', @old = '$old';"
  {
    printf 'CREATE DATABASE IF NOT EXISTS \`%s\` CHARACTER SET %s;\n' "$DB_NAME" "$charset"
    for each in "$new" "$old"; do printf 'DROP DATABASE IF EXISTS \`%s\`; CREATE DATABASE \`%s\` CHARACTER SET %s;\n' "$each" "$each" "$charset"; done
  } | $admin || exit 1
  gone() { printf 'DROP DATABASE IF EXISTS \`%s\`; DROP DATABASE IF EXISTS \`%s\`;\n' "$new" "$old" | $admin; }
  { gzip -dcf -- "$file" || echo 'SIGNAL SQLSTATE "45000"'; } | $admin "$new" || { gone; exit 1; }
  if [ "$(printf '%s' "$set_names" ${FIXED} | $admin -N)" = 0 ]; then
    { printf '%s' "$set_names" ${EXCHANGE} | $admin -N >"$dir/exchange" && $admin <"$dir/exchange"; } || { gone; exit 1; }
    gone; exit
  fi
  gone`

/** Takes out who made views, triggers and routines: only an administrator may say that it was somebody else. */
const UNSIGNED = [
  '/^[/][*]!50013 DEFINER=.*[*][/]$/d',
  's#^\\([/][*]!50[0-9]* CREATE[*][/] \\)[/][*]!50[0-9]* DEFINER=[^*]*[*][/]#\\1#',
  's#^CREATE DEFINER=[^ ]* #CREATE #',
].join(';')

/**
 * Else into the same one, emptied: what was in it is dumped first, and comes back should the load fail. As the
 * administrator, if there is one: views and triggers bear the name of who made them.
 */
const EMPTIED = change`
  before=$file.before-$(date +%s) run=\${admin:-$my}
  case $run in "$my") dumper=$mydump;; *) dumper=$(printf %s "$run" | sed "s#$client#\${mydump%% *}#");; esac
  ours() { if [ "$run" = "$my" ]; then sed ${UNSIGNED}; else cat; fi; }
  empty() { printf 'DROP DATABASE \`%s\`; CREATE DATABASE \`%s\` CHARACTER SET %s; USE \`%s\`;\n' "$DB_NAME" "$DB_NAME" "$charset" "$DB_NAME"; }
  { $dumper ${DUMP_OPTIONS} "$DB_NAME" || : >"$dir/failed"; } | gzip >"$before" && [ ! -e "$dir/failed" ] &&
  gzip -dc -- "$before" | awk ${COMPLETE} >/dev/null || { rm -f -- "$before"; exit 1; }
  if { empty; gzip -dcf -- "$file" || echo 'SIGNAL SQLSTATE "45000"'; } | ours | $run; then rm -f -- "$before"; exit; fi
  { empty; gzip -dc -- "$before"; } | ours | $run && rm -f -- "$before" || echo "what was in it is in $before" >&2
  exit 1`

const RESTORE = change`
  ${SQL}
  admin=; administrator 2>/dev/null || :
  if [ -n "$admin" ] && [ "$(printf %s "$DB_NAME" | wc -c)" -lt 60 ]; then
    ${EXCHANGED}
  fi
  ${EMPTIED}`

/** MySQL and MariaDB, through their command line clients on the server. */
export class Mysql implements DatabaseKind {
  readonly #options: MysqlOptions

  constructor(options: MysqlOptions) {
    const { name, characterSet = 'utf8mb4' } = options
    if (name !== undefined && !/^\w{1,64}$/.test(name)) {
      throw new OptionError('database', `"${name}" is not a name of letters, digits and _`)
    }
    if (!/^\w+$/.test(characterSet)) {
      throw new OptionError('database', `"${characterSet}" is not the name of a character set`)
    }
    this.#options = Object.freeze({ ...options, characterSet })
  }

  get title(): string {
    const { name } = this.#options
    return name === undefined ? 'MySQL database' : `MySQL database ${name}`
  }

  get alias(): string {
    return this.#options.alias ?? 'default'
  }

  prepare(credentials: Credentials | undefined): Command {
    const { name, characterSet = '', forTests, administrator } = this.#options
    return ask`${withCredentials(credentials ?? given(this.#options))}
      ${checkName(name)}
      charset=${characterSet} tests=${forTests ? 'yes' : ''}
      ${withAdministrator(known(administrator), 'root')}
      ${CLIENT}
      ${ADMINISTRATOR}`
  }

  readonly needs = [
    { names: ['mariadb', 'mysql'], package: 'mariadb-client' },
    { names: ['mariadb-dump', 'mysqldump'], package: 'mariadb-client' },
  ] as const
  readonly look = ask`$my -e ';' "$DB_NAME"`
  readonly ensure = ENSURE
  readonly tables = ask`$my -N -e ${TABLES} "$DB_NAME"`
  readonly print = ask`$mydump ${DUMP_OPTIONS} "$DB_NAME"`
  readonly check = ask`awk ${COMPLETE}`
  readonly count = ask`$my -N -e ${COUNTS} "$DB_NAME" | $my -N "$DB_NAME"`
  readonly restore = RESTORE
  readonly clean = change`${SQL}
    printf 'DROP DATABASE IF EXISTS \`%s\`; CREATE DATABASE \`%s\` CHARACTER SET %s;\n' "$DB_NAME" "$DB_NAME" "$charset" | $my`
  readonly drop = change`${SQL}
    printf 'DROP DATABASE IF EXISTS \`%s\`;\n' "$DB_NAME" | $my`
}

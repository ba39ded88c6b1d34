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

/** A PostgreSQL database; see {@link Database.postgresql}. */
export interface PostgresqlOptions extends ServerDatabaseOptions {
  /** Encoding of a database that is made. @defaultValue `UTF8` */
  readonly encoding?: string
}

/** `$pg` is psql for the application's user, whose password is in a file. */
const CLIENT = ask`
  export PGCONNECT_TIMEOUT=15 PGCLIENTENCODING=UTF8 PGDATABASE="$DB_NAME" PGAPPNAME=dye-deploy
  [ -z "$DB_HOST" ] || export PGHOST="$DB_HOST"
  [ -z "$DB_PORT" ] || export PGPORT="$DB_PORT"
  [ -z "$DB_USER" ] || export PGUSER="$DB_USER"
  pass() { printf '*:*:*:*:%s\n' "$(printf %s "$1" | sed 's/[:\\]/\\&/g')"; }
  pass "$DB_PASSWORD" >"$dir/pgpass" && export PGPASSFILE="$dir/pgpass"
  psql="psql -X -w -q -A -t -v ON_ERROR_STOP=1" pg="$psql"`

/** `administrator` tells whether `admin`, psql for one who may make databases, is let in. Its argument is a database. */
const ADMINISTRATOR = ask`
  admin() {
    if [ -n "$ADMIN_USER" ]; then
      pass "$ADMIN_PASSWORD" >"$dir/adminpass" && PGPASSFILE="$dir/adminpass" $psql -U "$ADMIN_USER" -d "$1"
    else
      (unset PGHOST PGUSER PGPASSFILE PGDATABASE; cd / && if [ "$(id -u)" = 0 ]; then runuser -u postgres -- $psql \${DB_PORT:+-p "$DB_PORT"} -d "$1"; else sudo -n -u postgres -- $psql \${DB_PORT:+-p "$DB_PORT"} -d "$1"; fi)
    fi
  }
  administrator() {
    [ -n "$ADMIN_USER" ] || ${IS_LOCAL} || { echo "no administrator of the database on $DB_HOST is named" >&2; return 1; }
    echo 'SELECT 1' | admin postgres >/dev/null
  }`

const CREATE = change`
  literal() { printf %s "$1" | sed "s/'/''/g"; }
  user=\${DB_USER:-$(id -un)}
  admin postgres <<SQL >/dev/null || exit 1
SELECT 'CREATE ROLE "$user" LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '$user') \gexec
$([ -z "$DB_PASSWORD" ] || echo "ALTER ROLE \"$user\" LOGIN PASSWORD '$(literal "$DB_PASSWORD")';")
$([ -z "$tests" ] || echo "ALTER ROLE \"$user\" CREATEDB;")
SELECT 'CREATE DATABASE "$DB_NAME" OWNER "$user" TEMPLATE template0 ENCODING ''$encoding''' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '$DB_NAME') \gexec
GRANT ALL ON DATABASE "$DB_NAME" TO "$user";
SQL
  echo "GRANT ALL ON SCHEMA public TO \"$user\"" | admin "$DB_NAME" || exit 1`

const ENSURE = change`
  ${PLAIN_NAMES}
  allowed() { [ -z "$tests" ] || [ "$($pg -c 'SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user')" = t ]; }
  if $pg -c ';' 2>"$dir/refused" && allowed; then echo present; exit 0; fi
  administrator || { cat -- "$dir/refused" >&2; exit ${NO_ADMINISTRATOR}; }
  ${CREATE}
  $pg -c ';' && echo created`

/** What is not the system's own, nor an extension's. */
const OWN = `FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')`

/** Names of the tables, with their schemas. */
export const TABLES = `SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) ${OWN} AND c.relkind = 'r'`

/** A dump has a block for each table, which ends with a line of its own; and a last word. */
const COMPLETE = String.raw`
copying && $0 == "\\." { print name "\t" rows; copying = 0; next }
copying { rows++; next }
/^COPY .* FROM stdin;$/ { name = $0; sub(/^COPY /, "", name); sub(/ (\(.*)?FROM stdin;$/, "", name); sub(/ $/, "", name); rows = 0; copying = 1; next }
/^-- PostgreSQL database dump complete/ { complete = 1 }
END { exit !complete }`

/** Takes out all that is the user's: tables, views, sequences, functions, types, schemas. */
export const CLEAN = `DO $clean$
DECLARE each record;
BEGIN
FOR each IN SELECT n.nspname AS schema, c.relname AS name, CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END AS kind ${OWN} AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
LOOP EXECUTE format('DROP %s IF EXISTS %I.%I CASCADE', each.kind, each.schema, each.name); END LOOP;
FOR each IN SELECT p.oid::regprocedure::text AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.proowner = (SELECT oid FROM pg_roles WHERE rolname = current_user) AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
LOOP EXECUTE format('DROP ROUTINE IF EXISTS %s CASCADE', each.name); END LOOP;
FOR each IN SELECT n.nspname AS schema, t.typname AS name FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype IN ('e', 'd', 'r') AND t.typowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)
AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e')
LOOP EXECUTE format('DROP TYPE IF EXISTS %I.%I CASCADE', each.schema, each.name); END LOOP;
FOR each IN SELECT nspname AS name FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname NOT IN ('public', 'information_schema')
AND nspowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)
LOOP EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', each.name); END LOOP;
END $clean$;`

/** One transaction: what is there now stays until the last line of the dump has come. */
const RESTORE = change`
  {
    printf '%s\n' 'BEGIN;' "SET LOCAL lock_timeout = '30s';" 'SET LOCAL client_min_messages = warning;' ${CLEAN}
    { gzip -dcf -- "$file" || printf '\\.\nSELECT 1/0;\n'; } |
      sed '1,/^COPY /{/^COMMENT ON EXTENSION /d;s/^CREATE SCHEMA public;$/CREATE SCHEMA IF NOT EXISTS public;/;}'
    echo 'COMMIT;'
  } | $pg -f - >/dev/null`

/** PostgreSQL, through its command line clients on the server. */
export class Postgresql implements DatabaseKind {
  readonly #options: PostgresqlOptions

  constructor(options: PostgresqlOptions) {
    const { name, encoding = 'UTF8' } = options
    if (name !== undefined && !/^\w{1,63}$/.test(name)) {
      throw new OptionError('database', `"${name}" is not a name of letters, digits and _`)
    }
    if (!/^\w+$/.test(encoding)) {
      throw new OptionError('database', `"${encoding}" is not the name of an encoding`)
    }
    this.#options = Object.freeze({ ...options, encoding })
  }

  get title(): string {
    const { name } = this.#options
    return name === undefined ? 'PostgreSQL database' : `PostgreSQL database ${name}`
  }

  get alias(): string {
    return this.#options.alias ?? 'default'
  }

  prepare(credentials: Credentials | undefined): Command {
    const { name, encoding = '', forTests, administrator } = this.#options
    return ask`${withCredentials(credentials ?? given(this.#options))}
      ${checkName(name)}
      encoding=${encoding} tests=${forTests ? 'yes' : ''}
      ${withAdministrator(known(administrator), 'postgres')}
      ${CLIENT}
      ${ADMINISTRATOR}`
  }

  readonly needs = [
    { names: ['psql'], package: 'postgresql-client' },
    { names: ['pg_dump'], package: 'postgresql-client' },
  ] as const
  readonly look = ask`$pg -c ';'`
  readonly ensure = ENSURE
  readonly tables = ask`$pg -c ${TABLES}`
  readonly print = ask`pg_dump -w --no-owner --no-privileges`
  readonly check = ask`awk ${COMPLETE}`
  readonly count = undefined
  readonly restore = RESTORE
  readonly clean = change`$pg -c ${CLEAN}`
  readonly drop = change`${PLAIN_NAMES}
    administrator || exit ${NO_ADMINISTRATOR}
    printf 'DROP DATABASE IF EXISTS "%s" WITH (FORCE);\n' "$DB_NAME" | admin postgres`
}

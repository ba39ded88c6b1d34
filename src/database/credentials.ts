import { ask, type Command, raw } from '../command/command.js'
import { quote } from '../command/quote.js'
import { Secret } from '../command/secret.js'

/**
 * A command that prints shell assignments of `DB_NAME`, `DB_USER`, `DB_PASSWORD`, `DB_HOST` and `DB_PORT`,
 * so that a password that is kept on the server never leaves it.
 */
export type Credentials = Command

/** Who may make databases and users. */
export interface Administrator {
  /** @defaultValue `root` for MySQL, `postgres` for PostgreSQL */
  readonly user?: string
  /** The password, or a function that asks for it: once at most, and only if nobody else is let in. */
  readonly password: Secret | (() => string | Secret | Promise<string | Secret>)
}

/** An administrator whose password is known. */
export interface KnownAdministrator {
  readonly user?: string
  readonly password: Secret
}

/** What a person says of a database on a server. */
export interface ServerDatabaseOptions {
  /** Letters, digits and `_`. @defaultValue what the application says */
  readonly name?: string
  /** @defaultValue the application's user; without an application, who is logged in, by socket */
  readonly user?: string
  /** @defaultValue the application's password */
  readonly password?: Secret
  /** @defaultValue the server itself, by socket */
  readonly host?: string
  /** @defaultValue the usual one */
  readonly port?: number
  /** Which of the application's databases it is, `DATABASES['other']`. @defaultValue `default` */
  readonly alias?: string
  /** Who makes database and user. @defaultValue root of the machine, whom the database lets in by its socket */
  readonly administrator?: Administrator
  /** True: its user may make the databases of tests, too. Not for production. @defaultValue false */
  readonly forTests?: boolean
}

/** Credentials of the options. They stand in the script that goes to the shell's standard input. */
export function given({ name, user, password, host, port }: ServerDatabaseOptions): Credentials {
  const assignments = {
    DB_NAME: name ?? '',
    DB_USER: user ?? '',
    DB_HOST: host ?? '',
    DB_PORT: String(port ?? ''),
  }
  const lines = Object.entries(assignments).map(([key, value]) => `${key}=${quote(value)}`)
  const secret = Secret.of(`DB_PASSWORD=${quote(password?.reveal() ?? '')}`)
  return ask`printf '%s\n' ${lines} ${secret}`
}

/** Sets the variables, and `$dir`: a directory for this user only, which is gone afterwards. */
export function withCredentials(credentials: Credentials): Command {
  return ask`
    umask 077
    assignments=$(${credentials}) && eval "$assignments" || exit 1
    dir=$(mktemp -d) && trap ${raw(`'rm -rf -- "$dir"'`)} EXIT || exit 1`
}

/** Sets `ADMIN_USER` and `ADMIN_PASSWORD`; empty: nobody has been named. */
export function withAdministrator(administrator: KnownAdministrator | undefined, user: string): Command {
  if (!administrator) return ask`ADMIN_USER= ADMIN_PASSWORD=`
  return ask`ADMIN_USER=${administrator.user ?? user} ADMIN_PASSWORD=${administrator.password}`
}

/** The administrator, if nobody has to be asked for the password. */
export function known(administrator: Administrator | undefined): KnownAdministrator | undefined {
  if (!administrator || typeof administrator.password === 'function') return undefined
  return { ...administrator, password: administrator.password }
}

/** Ends with a clear word when the application uses another database, or none is named. */
export function checkName(name: string | undefined): Command {
  if (name === undefined) {
    return ask`[ -n "$DB_NAME" ] || { echo 'neither the options nor the application name a database' >&2; exit 1; }`
  }
  return ask`[ "$DB_NAME" = ${name} ] || { echo ${`the application uses another database than ${name}:`} "$DB_NAME" >&2; exit 1; }`
}

/** True on the shell if the database is on this machine. */
export const IS_LOCAL = ask`case $DB_HOST in ''|localhost|127.0.0.1|::1|/*) true;; *) false;; esac`

/** Refuses names that could not stand in SQL as they are. */
export const PLAIN_NAMES = ask`case $DB_NAME$DB_USER in *[!A-Za-z0-9_]*) echo "the names of database and user may have letters, digits and _" >&2; exit 1;; esac`

import { ask, type Command, raw } from '../command/command.js'
import { quote } from '../command/quote.js'
import { Secret } from '../command/secret.js'

/**
 * A command that prints shell assignments of `DB_NAME`, `DB_USER`, `DB_PASSWORD`, `DB_HOST` and `DB_PORT`,
 * so that a password that is kept on the server never leaves it.
 */
export type Credentials = Command

/** Credentials as a person gives them. */
export interface GivenCredentials {
  readonly name: string
  readonly user?: string
  readonly password?: Secret
  readonly host?: string
  readonly port?: number
}

/** Credentials of the options. They stand in the script that goes to the shell's standard input. */
export function given({ name, user, password, host, port }: GivenCredentials): Credentials {
  const assignments = { DB_NAME: name, DB_USER: user ?? '', DB_HOST: host ?? '', DB_PORT: String(port ?? '') }
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

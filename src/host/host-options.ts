import type { Secret } from '../command/secret.js'
import { OptionError } from '../errors/option-error.js'
import type { SudoPasswordOption } from './sudo.js'

/** How commands run on this machine; see {@link Host.local}. */
export interface LocalOptions {
  /** Password that sudo asks for, if it does. @defaultValue none: sudo has to work without one */
  readonly sudoPassword?: SudoPasswordOption
}

/** How to reach and log in to a server; see {@link Host.ssh}. */
export interface SshOptions extends LocalOptions {
  /** @defaultValue the part before `@` in the target, else the name of the user who runs this */
  readonly user?: string
  /** @defaultValue the part after `:` in the target, else 22 */
  readonly port?: number
  /** Private key file. @defaultValue `~/.ssh/id_ed25519`, `id_ecdsa` and `id_rsa`, those that are there and not encrypted */
  readonly identityFile?: string
  /** Passphrase of the private key file. */
  readonly passphrase?: Secret
  /** Log-in password, tried once after the keys. */
  readonly password?: Secret
  /** Socket of an SSH agent, or false for none. @defaultValue `SSH_AUTH_SOCK` of the environment */
  readonly agent?: string | false
  /** File with the host keys that are trusted. @defaultValue `~/.ssh/known_hosts` and `/etc/ssh/ssh_known_hosts` */
  readonly knownHosts?: string
  /** Milliseconds that connecting and logging in may take. @defaultValue 20000 */
  readonly connectTimeout?: number
}

/** {@link SshOptions} with the target taken apart. */
export interface SshTarget {
  readonly user: string | undefined
  readonly address: string
  readonly port: number
}

const TARGET = /^(?:([^@\s]+)@)?(?:\[([^\]\s]+)\]|([^@:\s]+))(?::(\d+))?$/

/** Takes `user@host:port` apart; an IPv6 address stands in brackets. */
export function parseTarget(target: string): SshTarget {
  const [, user, bracketed, plain, port] = TARGET.exec(target) ?? []
  const address = bracketed ?? plain
  if (!address || address.startsWith('-')) {
    throw new OptionError('hosts', `"${target}" is not of the form user@host:port`)
  }
  return { user, address, port: port ? Number(port) : 22 }
}

import type { Secret } from '../command/secret.js'
import { OptionError } from '../errors/option-error.js'
import type { SudoPasswordOption } from './sudo.js'

/** How commands run on this machine; see {@link Host.local}. */
export interface LocalOptions {
  /** Password that sudo asks for, if it does. @defaultValue none: sudo has to work without one */
  readonly sudoPassword?: SudoPasswordOption
}

/**
 * Which key of a server is trusted. `strict`: one that stands in known_hosts. `accept-new`: that, or any of a
 * server that known_hosts does not have yet; it is added there. `fingerprint`: this one, `SHA256:…`, whatever
 * known_hosts says. `insecure`: any, with a warning each time; whoever is in between can read and change all.
 * But for `insecure` and a fingerprint that fits, a key that is not the known one is always refused.
 */
export type HostKeyPolicy = 'strict' | 'accept-new' | 'insecure' | { readonly fingerprint: string }

/** A server on the way to another one: its name, or that and how to log in there. */
export type Jump = string | ({ readonly target: string } & SshOptions)

/**
 * How to reach and log in to a server; see {@link Host.ssh}. What is not given here is taken from the target, then
 * from the configuration of OpenSSH.
 */
export interface SshOptions extends LocalOptions {
  /** @defaultValue the part before `@` in the target, `User`, else the name of the user who runs this */
  readonly user?: string
  /** @defaultValue the part after `:` in the target, `Port`, else 22 */
  readonly port?: number
  /** Private key files. @defaultValue `IdentityFile`, else `~/.ssh/id_ed25519`, `id_ecdsa` and `id_rsa`, those that are there */
  readonly identityFile?: string | readonly string[]
  /** Passphrase of encrypted key files, or a function that asks for it; it is called once for a file. @defaultValue none: they are left out */
  readonly passphrase?: string | Secret | ((file: string) => string | Secret | Promise<string | Secret>)
  /** Log-in password, or a function that asks for it; tried once, after the keys. @defaultValue none */
  readonly password?: string | Secret | (() => string | Secret | Promise<string | Secret>)
  /**
   * Answers what the server asks (`keyboard-interactive`), such as a one-time code. @defaultValue the password, for
   * each question that is answered without being shown
   */
  readonly answer?: (question: string, isShown: boolean) => string | Secret | Promise<string | Secret>
  /** Socket of an SSH agent, or false for none. @defaultValue `IdentityAgent`, else `SSH_AUTH_SOCK` of the environment, on Windows OpenSSH's pipe */
  readonly agent?: string | false
  /** Lets the server use the agent as well: whoever is root there can log in as you elsewhere. @defaultValue `ForwardAgent`, else false */
  readonly forwardAgent?: boolean
  /** Servers to go through, in order, or false for none. @defaultValue `ProxyJump` */
  readonly jump?: Jump | readonly Jump[] | false
  /** Which key of the server is trusted. @defaultValue `strict` */
  readonly hostKey?: HostKeyPolicy
  /** Files with the host keys that are trusted; `accept-new` adds to the first. @defaultValue `UserKnownHostsFile`, else `~/.ssh/known_hosts`; and `/etc/ssh/ssh_known_hosts` */
  readonly knownHosts?: string | readonly string[]
  /** Configuration file of OpenSSH, or false for none. @defaultValue `~/.ssh/config` */
  readonly configFile?: string | false
  /** Milliseconds that connecting and logging in may take. @defaultValue `ConnectTimeout`, else 20000 */
  readonly connectTimeout?: number
  /** Milliseconds of silence after which the network is taken for dead. @defaultValue 30000 */
  readonly keepalive?: number
}

/** A target taken apart. */
export interface SshTarget {
  readonly user: string | undefined
  readonly address: string
  readonly port: number | undefined
}

const TARGET = /^(?:([^@\s]+)@)?(?:\[([^\]\s]+)\]|([^@:\s]+))(?::(\d+))?$/

/** Takes `user@host:port` apart; an IPv6 address stands in brackets. */
export function parseTarget(target: string): SshTarget {
  const [, user, bracketed, plain, port] = TARGET.exec(target) ?? []
  const address = bracketed ?? plain
  if (!address || address.startsWith('-')) {
    throw new OptionError('hosts', `"${target}" is not of the form user@host:port`)
  }
  return { user, address, port: port ? Number(port) : undefined }
}

import { readFile } from 'node:fs/promises'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import { pathExists } from 'fs-extra/esm'
import type { Client } from 'ssh2'
import { ConnectionError } from '../errors/connection-error.js'
import { HostKeyError } from '../errors/host-key-error.js'
import { logOf } from '../support/log.js'
import { retry } from '../support/retry.js'
import type { Connection, HostProcess, ProcessEnd, Shell } from './connection.js'
import { parseTarget, type SshOptions, type SshTarget } from './host-options.js'
import {
  fingerprint,
  hostKeyAlgorithms,
  judgeKey,
  type KnownHost,
  knownHostsFor,
  knownName,
} from './known-hosts.js'
import { Session } from './session.js'
import { loginMethods } from './ssh-login.js'
import { SudoPassword } from './sudo.js'

const log = logOf('host')

const KEEPALIVE_MS = 10_000
const KEEPALIVES_MISSED = 3
const PASSING = ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EHOSTUNREACH', 'EPIPE', 'EAI_AGAIN']

async function readKnownHosts(name: string, files: readonly string[]): Promise<KnownHost[]> {
  const found = await Promise.all(
    files.map(async file =>
      (await pathExists(file)) ? knownHostsFor(name, await readFile(file, 'utf8'), file) : [],
    ),
  )
  return found.flat()
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** A server over SSH: connects at the first use, and stays connected until it is closed or lost. */
export class SshConnection implements Connection {
  readonly #target: SshTarget
  readonly #options: SshOptions
  #client: Promise<Client> | undefined
  readonly sudo: SudoPassword | undefined
  connects = 0

  constructor(
    readonly name: string,
    options: SshOptions,
  ) {
    this.#target = parseTarget(name)
    this.#options = options
    this.sudo = options.sudoPassword === undefined ? undefined : new SudoPassword(options.sudoPassword)
  }

  openShell(): Promise<Shell> {
    return Session.open(this)
  }

  async spawn(line: string): Promise<HostProcess> {
    const client = await this.#connected()
    return new Promise((resolve, reject) => {
      client.exec(line, (error, channel) => {
        if (error) return reject(this.#failed('CONNECT_FAILED', 'open a channel', error.message))
        const ended = new Promise<ProcessEnd>(settle => {
          let end: ProcessEnd = { exitCode: undefined, signal: undefined }
          channel.on('exit', (exitCode: number | null, signal?: string) => {
            end = { exitCode: exitCode ?? undefined, signal }
          })
          channel.on('close', () => settle(end))
          client.once('close', () => settle(end))
        })
        channel.on('error', () => {}) // `ended` tells
        const abandon = () => channel.close()
        resolve({ stdin: channel, stdout: channel, stderr: channel.stderr, ended, abandon })
      })
    })
  }

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined)
    this.#client = undefined
    if (!client) return
    await new Promise<void>(resolve => {
      client.once('close', () => resolve())
      client.end()
    })
  }

  #connected(): Promise<Client> {
    this.#client ??= retry(() => this.#connect(), {
      retries: 2,
      firstDelayMs: 500,
      mayPass: error => error instanceof ConnectionError && PASSING.includes(codeOf(error.cause)),
    }).catch(error => {
      this.#client = undefined
      throw error
    })
    return this.#client
  }

  async #connect(): Promise<Client> {
    const { address, port } = { ...this.#target, port: this.#options.port ?? this.#target.port }
    const name = knownName(address, port)
    const files = this.#options.knownHosts
      ? [this.#options.knownHosts]
      : [join(homedir(), '.ssh', 'known_hosts'), '/etc/ssh/ssh_known_hosts']
    const known = await readKnownHosts(name, files)
    const user = this.#options.user ?? this.#target.user ?? userInfo().username
    let refused: HostKeyError | undefined
    const { NodeSSH } = await import('node-ssh')
    const ssh = new NodeSSH()
    try {
      await ssh.connect({
        host: address,
        port,
        username: user,
        authHandler: await loginMethods(user, this.#options),
        algorithms: { serverHostKey: hostKeyAlgorithms(known) as never },
        hostVerifier: (key: Buffer) => {
          refused = this.#refusal(key, known, name, files)
          return refused === undefined
        },
        keepaliveInterval: KEEPALIVE_MS,
        keepaliveCountMax: KEEPALIVES_MISSED,
        readyTimeout: this.#options.connectTimeout ?? 20_000,
      })
    } catch (error) {
      throw refused ?? this.#explained(error, user)
    }
    const client = ssh.connection
    if (!client) throw this.#failed('CONNECT_FAILED', 'connect', 'the connection closed at once')
    client.setNoDelay(true)
    client.on('error', error => log('%s: %s', this.name, error.message))
    client.once('close', () => {
      this.#client = undefined
    })
    this.connects += 1
    log('%s: connected', this.name)
    return client
  }

  #refusal(
    key: Buffer,
    known: readonly KnownHost[],
    name: string,
    files: readonly string[],
  ): HostKeyError | undefined {
    const verdict = judgeKey(key, known)
    if (verdict.is === 'known') return undefined
    const print = fingerprint(key)
    const common = { what: 'trust the server', host: this.name, fingerprint: print }
    if (verdict.is === 'unknown') {
      return new HostKeyError('HOST_KEY_UNKNOWN', {
        ...common,
        why: `its key (${print}) is in none of ${files.join(', ')}`,
        remedy: `compare the fingerprint with the server's own (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub there), then log in once with ssh, or add the key of "${name}" to that file.`,
      })
    }
    const { file, line } = verdict.entry
    return verdict.is === 'revoked'
      ? new HostKeyError('HOST_KEY_REVOKED', {
          ...common,
          why: `its key (${print}) is revoked in ${file}, line ${line}`,
        })
      : new HostKeyError('HOST_KEY_CHANGED', {
          ...common,
          why: `its key (${print}) is not the one in ${file}, line ${line}`,
          remedy: `somebody may be listening in. If the server was set up anew, check its fingerprint there, and take the old line out (ssh-keygen -R '${name}').`,
        })
  }

  #explained(error: unknown, user: string): ConnectionError {
    const message = error instanceof Error ? error.message : String(error)
    const level = error instanceof Error && 'level' in error ? error.level : undefined
    if (level !== 'client-authentication') return this.#failed('CONNECT_FAILED', 'connect', message, error)
    return new ConnectionError('LOGIN_FAILED', {
      what: `log in as ${user}`,
      host: this.name,
      why: 'the server accepts none of the keys and passwords that it was offered',
      remedy: 'name a private key (identityFile), start an SSH agent, or give a password.',
    })
  }

  #failed(code: 'CONNECT_FAILED', what: string, why: string, cause?: unknown): ConnectionError {
    return new ConnectionError(code, { what, host: this.name, why, cause })
  }
}

import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { HostKeyError } from '../../errors/host-key-error.js'
import {
  fingerprint,
  judgeKey,
  type KnownHost,
  knownHostsFor,
  knownName,
  typeOf,
  type Verdict,
} from './known-hosts.js'
import type { SshSettings } from './settings.js'

async function read(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(error => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  })
}

/** Decides whether a server is the one it should be. */
export class HostKeyCheck {
  private constructor(
    private readonly settings: SshSettings,
    /** What known_hosts has of the server. */
    readonly known: readonly KnownHost[],
  ) {}

  static async of(settings: SshSettings): Promise<HostKeyCheck> {
    const name = knownName(settings.address, settings.port)
    const found = settings.knownHosts.map(async file => knownHostsFor(name, await read(file), file))
    return new HostKeyCheck(settings, (await Promise.all(found)).flat())
  }

  /** Says why the key is refused; undefined if it is not. A new one is added to known_hosts if that is wanted. */
  async refusal(key: Buffer): Promise<HostKeyError | undefined> {
    const { hostKey } = this.settings
    if (hostKey === 'insecure') {
      process.emitWarning(
        `the key of ${this.settings.name} is not checked: whoever is in between can read and change all`,
        {
          type: 'SecurityWarning',
          code: 'DYE_INSECURE_HOST_KEY',
        },
      )
      return undefined
    }
    const print = fingerprint(key)
    if (typeof hostKey === 'object') {
      return hostKey.fingerprint === print ? undefined : this.#otherThan(hostKey.fingerprint, print)
    }
    const verdict = judgeKey(key, this.known)
    if (verdict.is === 'known') return undefined
    if (verdict.is === 'unknown' && hostKey === 'accept-new') {
      await this.#remember(key)
      return undefined
    }
    return this.#refused(verdict, print)
  }

  async #remember(key: Buffer): Promise<void> {
    const { address, port, knownHosts } = this.settings
    const [file] = knownHosts
    if (file === undefined) return
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    const text = await read(file)
    const start = text === '' || text.endsWith('\n') ? '' : '\n'
    const line = `${knownName(address, port)} ${typeOf(key)} ${key.toString('base64')}\n`
    await appendFile(file, start + line, { mode: 0o600 })
  }

  #otherThan(wanted: string, print: string): HostKeyError {
    return new HostKeyError('HOST_KEY_CHANGED', {
      ...this.#common(print),
      why: `its key is ${print}, and not ${wanted}, as the options want it`,
      remedy: 'compare with the fingerprint on the server itself before you change the options.',
    })
  }

  #refused(verdict: Exclude<Verdict, { is: 'known' }>, print: string): HostKeyError {
    const { address, port, knownHosts } = this.settings
    const name = knownName(address, port)
    if (verdict.is === 'unknown') {
      const authority = this.known.find(({ isAuthority }) => isAuthority)
      return new HostKeyError('HOST_KEY_UNKNOWN', {
        ...this.#common(print),
        why: authority
          ? `its key (${print}) is in none of ${knownHosts.join(', ')}; certificates, such as ${authority.file}, line ${authority.line} trusts, are not supported`
          : `its key (${print}) is in none of ${knownHosts.join(', ')}`,
        remedy: `compare the fingerprint with the server's own (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub there), then log in once with ssh, or add the key of "${name}" to that file.`,
      })
    }
    const { file, line } = verdict.entry
    return verdict.is === 'revoked'
      ? new HostKeyError('HOST_KEY_REVOKED', {
          ...this.#common(print),
          why: `its key (${print}) is revoked in ${file}, line ${line}`,
        })
      : new HostKeyError('HOST_KEY_CHANGED', {
          ...this.#common(print),
          why: `its key (${print}) is not the one in ${file}, line ${line}`,
          remedy: `somebody may be listening in. If the server was set up anew, check its fingerprint there, and take the old line out (ssh-keygen -R '${name}' -f '${file}').`,
        })
  }

  #common(print: string) {
    return { what: 'trust the server', host: this.settings.name, fingerprint: print }
  }
}

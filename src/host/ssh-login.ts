import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { pathExists } from 'fs-extra/esm'
import type { AuthenticationType, AuthHandlerMiddleware } from 'ssh2'
import { OptionError } from '../errors/option-error.js'
import type { SshOptions } from './host-options.js'

type LoginMethod = Exclude<Parameters<Parameters<AuthHandlerMiddleware>[2]>[0], AuthenticationType | false>

const DEFAULT_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa']

function isEncrypted(key: string): boolean {
  if (key.includes('ENCRYPTED')) return true
  const body = key.replace(/-----.*-----/g, '').replaceAll(/\s/g, '')
  return Buffer.from(body, 'base64').subarray(0, 40).includes('bcrypt')
}

async function keysOf({ identityFile, passphrase }: SshOptions): Promise<string[]> {
  if (identityFile) {
    const key = await readFile(identityFile, 'utf8').catch(() => {
      throw new OptionError('identityFile', `${identityFile} cannot be read`)
    })
    if (isEncrypted(key) && !passphrase) {
      throw new OptionError(
        'identityFile',
        `${identityFile} is encrypted`,
        'give its passphrase, or use an SSH agent.',
      )
    }
    return [key]
  }
  const files = DEFAULT_KEYS.map(name => join(homedir(), '.ssh', name))
  const found = await Promise.all(
    files.map(async file => ((await pathExists(file)) ? readFile(file, 'utf8') : undefined)),
  )
  return found.flatMap(key => (key && (passphrase || !isEncrypted(key)) ? [key] : []))
}

/** The ways to log in, in the order in which they are tried; each one once. */
export async function loginMethods(username: string, options: SshOptions): Promise<LoginMethod[]> {
  const agent = options.agent ?? (options.identityFile ? undefined : process.env.SSH_AUTH_SOCK)
  const keys = await keysOf(options)
  const passphrase = options.passphrase?.reveal()
  return [
    ...(agent ? [{ type: 'agent' as const, username, agent }] : []),
    ...keys.map(key => ({ type: 'publickey' as const, username, key, ...(passphrase && { passphrase }) })),
    ...(options.password
      ? [{ type: 'password' as const, username, password: options.password.reveal() }]
      : []),
  ]
}

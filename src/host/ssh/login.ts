import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { AuthenticationType, AuthHandlerMiddleware } from 'ssh2'
import { Secret } from '../../command/secret.js'
import { OptionError } from '../../errors/option-error.js'
import type { SshSettings } from './settings.js'

type LoginMethod = Exclude<Parameters<Parameters<AuthHandlerMiddleware>[2]>[0], AuthenticationType | false>
type Prompt = { readonly prompt: string; readonly echo?: boolean }

const DEFAULT_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa']

/** Asks for what only a person knows, each thing once, however often we connect. */
export class Asked {
  readonly #answers = new Map<string, Promise<Secret>>()

  about(
    what: string,
    given: string | Secret | (() => string | Secret | Promise<string | Secret>),
  ): Promise<Secret> {
    const known = this.#answers.get(what)
    if (known !== undefined) return known
    const answer = (async () => Secret.of(await (typeof given === 'function' ? given() : given)))()
    this.#answers.set(what, answer)
    return answer
  }
}

/** What will be offered, for the message when all of it was refused. */
export interface Login {
  readonly methods: readonly LoginMethod[]
  readonly offered: readonly string[]
}

function isEncrypted(key: string): boolean {
  if (key.includes('ENCRYPTED')) return true
  const body = key.replace(/-----.*-----/g, '').replaceAll(/\s/g, '')
  return Buffer.from(body, 'base64').subarray(0, 40).includes('bcrypt')
}

interface Key {
  readonly file: string
  readonly text: string
}

async function keysOf({ identityFiles, options }: SshSettings): Promise<readonly Key[]> {
  const wanted = identityFiles ?? DEFAULT_KEYS.map(name => join(homedir(), '.ssh', name))
  const isRequired = options.identityFile !== undefined
  const keys = await Promise.all(
    wanted.map(async file => {
      try {
        return [{ file, text: await readFile(file, 'utf8') }]
      } catch {
        if (!isRequired) return []
        throw new OptionError('identityFile', `${file} cannot be read`)
      }
    }),
  )
  return keys.flat()
}

/** A key that can be used, with its passphrase; nothing for an encrypted one that nobody insists on. */
async function usable(
  { file, text }: Key,
  { options }: SshSettings,
  asked: Asked,
): Promise<readonly (readonly [Key, Secret | undefined])[]> {
  if (!isEncrypted(text)) return [[{ file, text }, undefined]]
  const { passphrase } = options
  if (passphrase === undefined) {
    if (options.identityFile === undefined) return []
    throw new OptionError('identityFile', `${file} is encrypted`, 'give its passphrase, or use an SSH agent.')
  }
  const given = typeof passphrase === 'function' ? () => passphrase(file) : passphrase
  const secret = await asked.about(`the passphrase of ${file}`, given)
  const { default: ssh2 } = await import('ssh2') // not before it is needed: it takes its time
  if (ssh2.utils.parseKey(text, secret.reveal()) instanceof Error) {
    throw new OptionError('passphrase', `it does not fit ${file}`)
  }
  return [[{ file, text }, secret]]
}

/** The ways to log in, in the order in which they are tried; each one once. */
export async function loginOf(settings: SshSettings, asked: Asked): Promise<Login> {
  const { user: username, agent, options } = settings
  const keys = (await Promise.all((await keysOf(settings)).map(key => usable(key, settings, asked)))).flat()
  const { password, answer } = options
  const secret = password === undefined ? undefined : await asked.about('the password', password)
  const replies = async (prompts: readonly Prompt[]) => {
    const given = prompts.map(async ({ prompt, echo = false }) => {
      if (answer) return Secret.of(await answer(prompt.trim(), echo)).reveal()
      return echo ? '' : (secret?.reveal() ?? '')
    })
    return Promise.all(given)
  }
  const interactive: LoginMethod = {
    type: 'keyboard-interactive',
    username,
    prompt: (_name, _instructions, _language, prompts, finish) => {
      replies(prompts).then(finish, () => finish([]))
    },
  }
  return {
    methods: [
      ...(agent ? [{ type: 'agent' as const, username, agent }] : []),
      ...keys.map(([{ text }, phrase]) => ({
        type: 'publickey' as const,
        username,
        key: text,
        ...(phrase && { passphrase: phrase.reveal() }),
      })),
      ...(secret ? [{ type: 'password' as const, username, password: secret.reveal() }] : []),
      ...(secret || answer ? [interactive] : []),
    ],
    offered: [
      ...(agent ? ['the agent’s keys'] : []),
      ...keys.map(([{ file }]) => file),
      ...(secret ? ['a password'] : []),
      ...(answer ? ['answers'] : []),
    ],
  }
}

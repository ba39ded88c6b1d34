import { Secret } from '../command/secret.js'
import { OptionError } from '../errors/option-error.js'

/** A package index, as pip and uv take it. */
export interface PackageIndex {
  /** Without user name and password. */
  readonly url: string
  readonly username?: string | undefined
  readonly password?: Secret | undefined
}

/** Who we are to a package index. */
export interface IndexLogin {
  readonly username: string
  readonly password: Secret
}

/** Checks the address of an index: a password in it would be seen. */
export function packageIndex(url: string, login?: IndexLogin): PackageIndex {
  if (!/^(https?|file):\/\/[^\s"\\]+$/.test(url)) {
    throw new OptionError('virtualenv', `${JSON.stringify(url)} is not the address of a package index`)
  }
  const { password } = new URL(url)
  if (password !== '') {
    throw new OptionError(
      'virtualenv',
      'the address of a package index has a password in it, which would be seen',
      'give it apart: .index(url, { username, password: Secret.of(...) }).',
    )
  }
  return { url, ...login }
}

function addressOf({ url, username, password }: PackageIndex): string {
  if (username === undefined) return url
  const login = `${encodeURIComponent(username)}:${encodeURIComponent(password?.reveal() ?? '')}`
  return url.replace('://', `://${login}@`)
}

/** Which indexes an installer uses. */
export interface Indexes {
  readonly main: PackageIndex | undefined
  readonly extra: readonly PackageIndex[]
}

/** True if the installer's own settings will do. */
export function isUsual({ main, extra }: Indexes): boolean {
  return main === undefined && extra.length === 0
}

/** A configuration file for pip, which has the passwords. */
export function pipConfiguration({ main, extra }: Indexes): Secret {
  const lines = [
    '[global]',
    ...(main ? [`index-url = ${addressOf(main)}`] : []),
    ...(extra.length > 0 ? ['extra-index-url =', ...extra.map(index => `    ${addressOf(index)}`)] : []),
  ]
  return Secret.of(`${lines.join('\n')}\n`)
}

/** A configuration file for uv, which has the passwords. */
export function uvConfiguration({ main, extra }: Indexes): Secret {
  const text = (index: PackageIndex) => JSON.stringify(addressOf(index))
  const lines = [
    '[pip]',
    ...(main ? [`index-url = ${text(main)}`] : []),
    ...(extra.length > 0 ? [`extra-index-url = [${extra.map(text).join(', ')}]`] : []),
  ]
  return Secret.of(`${lines.join('\n')}\n`)
}

/** The passwords themselves, in all the forms in which they go to the server. */
export function passwordsOf({ main, extra }: Indexes): readonly Secret[] {
  return [main, ...extra].flatMap(index => index?.password ?? [])
}

import { OptionError } from '../errors/option-error.js'
import type { Command, CommandParts } from './command.js'
import { quote } from './quote.js'
import { Secret } from './secret.js'

/** A here-document of a text, under a delimiter that the text does not have. */
function hereDocument(text: string): string {
  let delimiter = 'DYE'
  while (text.includes(delimiter)) delimiter += '_'
  return `<<'${delimiter}'\n${text}\n${delimiter}`
}

function fed(text: string, stdin: string | Secret | undefined): string {
  if (stdin === undefined) return text
  const content = stdin instanceof Secret ? stdin.reveal() : stdin
  // printf is built into the shell: what it prints is in no process list
  return `printf %s ${quote(Buffer.from(content).toString('base64'))} | base64 -d | {\n${text}\n}`
}

function inDirectory(text: string, cwd: string | undefined): string {
  return cwd === undefined ? text : `cd -- ${quote(cwd)} || exit 1\n${text}`
}

function withEnvironment(text: string, env: CommandParts['scope']['env']): string {
  const exports = Object.entries(env ?? {}).map(([name, value]) => {
    if (!/^[A-Za-z_]\w*$/.test(name)) {
      throw new OptionError('env', `"${name}" is not the name of an environment variable`)
    }
    return `export ${name}=${quote(value instanceof Secret ? value.reveal() : value)}`
  })
  return [...exports, text].join('\n')
}

function asUser(text: string, user: string | undefined): string {
  if (user === undefined) return text
  const main = `main() {\ncd -- "$1" 2>/dev/null || cd /\numask 022; export LC_ALL=C\n${text}\n}\nmain "$1" </dev/null`
  const sudo = `set -- sudo -n -H -u ${quote(user)} --; [ "$(id -un)" != ${quote(user)} ] || set --`
  return `${sudo}\nhere=$PWD; cd / && "$@" sh -s -- "$here" ${hereDocument(main)}`
}

/**
 * The shell text of a command with all its layers, from the inside out: standard input, directory,
 * environment, user. Secrets stand in it in the clear: it is for a shell's standard input only.
 */
export function shellText({ parts }: Command): string {
  const text = parts.text.map(piece => (piece instanceof Secret ? quote(piece.reveal()) : piece)).join('')
  const { cwd, env, user } = parts.scope
  return asUser(withEnvironment(inDirectory(fed(text, parts.stdin), cwd), env), user)
}

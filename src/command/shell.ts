import { Readable } from 'node:stream'
import { OptionError } from '../errors/option-error.js'
import { Command, type CommandParts, type Piece, Raw } from './command.js'
import { quote } from './quote.js'
import { Secret } from './secret.js'

/** A here-document of a text, under a delimiter that the text does not have. */
function hereDocument(text: string): string {
  let delimiter = 'DYE'
  while (text.includes(delimiter)) delimiter += '_'
  return `<<'${delimiter}'\n${text}\n${delimiter}`
}

function fed(text: string, stdin: CommandParts['stdin']): string {
  if (stdin === undefined) return text
  if (stdin instanceof Readable) {
    throw new OptionError('command', 'a command that reads a stream must be run alone')
  }
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

function asUser(text: string, user: string | undefined, readsPipe: boolean | undefined): string {
  if (user === undefined) return text
  if (readsPipe) return asReadingUser(text, user)
  const main = `main() {\ncd -- "$1" 2>/dev/null || cd /\numask 022; export LC_ALL=C\n${text}\n}\nmain "$1" </dev/null`
  return `${sudoWords(user)}\nhere=$PWD; cd / && "$@" sh -s -- "$here" ${hereDocument(main)}`
}

/** The same for what reads a pipe: its text goes first, by a shell's own printf, then what comes from the pipe. */
function asReadingUser(text: string, user: string): string {
  const script = `cd -- "$1" 2>/dev/null || cd /\numask 022; export LC_ALL=C\n${text}\n`
  return `${sudoWords(user)}
here=$PWD; cd / && { printf %s ${quote(script)}; exec cat; } | "$@" sh -c ${quote(readFirst(script))} sh "$here"`
}

/**
 * How sudo is called where it asks for a password: it runs a program that prints what the environment has under
 * the name that it is given as the prompt. So the password is in no file and no argument vector, and what the
 * command reads is its own.
 */
const ASKPASS = '-A -p DYE_SUDO_PASSWORD'
const ASKING = 'DYE_SUDO_PASSWORD=$dye_sudo SUDO_ASKPASS=/usr/bin/printenv'

/** Makes `sudo` a function, in a shell whose variable `dye_sudo` has the password. */
export const SUDO_WITH_PASSWORD = new Raw(
  `sudo() { [ "$1" != -n ] || shift; ${ASKING} command sudo ${ASKPASS} "$@"; }`,
)

/** Makes the positional parameters what a command has to follow to run as a user; none if that is who we are. */
function sudoWords(user: string): string {
  return `set -- sudo -n -H -u ${quote(user)} --; [ "$(id -un)" != ${quote(user)} ] || set --`
}

function plainText({ text, redirections = [] }: CommandParts): string {
  const plain = text.map(textOf).join('')
  const files = redirections.map(({ operator, file }) => ` ${operator}${quote(file)}`).join('')
  return (files && `{\n${plain}\n}${files}`) || plain
}

function textOf(piece: Piece): string {
  if (piece instanceof Secret) return quote(piece.reveal())
  return piece instanceof Command ? ` (\n${shellText(piece)}\n)` : piece // a space, or $( would become $((
}

/** Goes on after an exit code that the command accepts, which counts as 0 then. */
function judged({ parts }: Command, code: string, otherwise: string): string {
  const good = parts.accepted === 'any' ? '*' : ['0', ...parts.accepted].join('|')
  return `case ${code} in ${good}) ;; *) ${otherwise};; esac`
}

/** One after the other, in a shell of their own each. */
function sequence(commands: readonly Command[]): string {
  const steps = commands.map(
    command => `(\n${shellText(command)}\n)\ncode=$?; ${judged(command, '"$code"', 'exit "$code"')}`,
  )
  return `(\n${steps.join('\n')}\n)`
}

/**
 * Each reading what the one before prints. The exit codes come by a file descriptor of their own, since only bash
 * would tell of others than the last; 141 is the end of a writer whose reader had enough.
 */
function pipeline(commands: readonly Command[]): string {
  const last = commands.length - 1
  const ends = commands.map((command, index) => {
    const output = index === last ? '>&4 4>&-' : '4>&-'
    return `{ (\n${shellText(command)}\n) 3>&-; echo "c${index}=$?" >&3; } ${output}`
  })
  const verdicts = commands.map((command, index) => {
    const code = `"$c${index}"`
    const judgement = judged(command, code, `exit ${code}`)
    return index === last ? judgement : `[ ${code} -eq 141 ] || ${judgement}`
  })
  return `(\nexec 4>&1\neval "$( { ${ends.join(' |\n')}\n} 3>&1 )"\n${verdicts.join('\n')}\n)`
}

/** What a shell is started with for data that streams: a line for the log-in shell, and what it reads first. */
export interface StreamStart {
  readonly line: string
  /** Goes to standard input before the data. Secrets stand in it in the clear. */
  readonly script: string
}

/** What the start of a stream has to know. */
export interface StreamOptions {
  /** A line that is printed before all else, so that what start-up files print can be told from the data. */
  readonly greeting: string
  /** If sudo asks for one. */
  readonly sudoPassword: Secret | undefined
}

/** Reads as many bytes as the script has, and not one of what follows it, then runs them. */
function readFirst(script: string): string {
  return `eval "$(head -c ${Buffer.byteLength(script)})"`
}

/**
 * How to start a command in a process of its own whose standard input is data. Nothing but lengths stands in
 * its argument vectors.
 */
export function streamStart(command: Command, options: StreamOptions): StreamStart {
  const { composition } = command.parts
  return startOf(command, composition ? shellText(command) : plainText(command.parts), options)
}

/**
 * The same for a command whose input comes in pieces, each after twelve digits with its length in bytes; a
 * length of 0 is the end. When the input breaks off before, all is killed.
 */
export function fedStart(command: Command, options: StreamOptions): StreamStart {
  return startOf(
    command,
    `{
while length=$(head -c 12) && [ "\${#length}" -eq 12 ] && length=$((1$length - 1000000000000)); do
[ "$length" -gt 0 ] || exit 0
head -c "$length" || exit 0
done
kill -s KILL 0
} | {
${plainText(command.parts)}
}`,
    options,
  )
}

function startOf({ parts }: Command, text: string, { greeting, sudoPassword }: StreamOptions): StreamStart {
  const { cwd, env, user } = parts.scope
  const greet = `printf '%s\\n' ${quote(greeting)}\n`
  const head = 'umask 022; export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"'
  const own = `${head}\n${withEnvironment(inDirectory(text, cwd), env)}\n`
  if (user === undefined) {
    const script = greet + own
    return { line: `exec sh -c '${readFirst(script)}'`, script }
  }
  const inner = quote(`cd -- "$1" 2>/dev/null || cd /; ${readFirst(own)}`)
  const asking = sudoPassword
    ? `dye_sudo=${quote(sudoPassword.reveal())}; [ "$#" -eq 0 ] || {
export ${ASKING}; shift 2; set -- sudo ${ASKPASS} "$@"; }\n`
    : ''
  const outer = `${greet}${head}\n${sudoWords(user)}\n${asking}here=$PWD; cd / && exec "$@" sh -c ${inner} sh "$here"\n`
  return { line: `exec sh -c '${readFirst(outer)}'`, script: outer + own }
}

/**
 * The shell text of a command with all its layers, from the inside out: standard input, directory,
 * environment, user. Secrets stand in it in the clear: it is for a shell's standard input only.
 */
export function shellText({ parts }: Command): string {
  const { composition } = parts
  if (composition) return (composition.operator === '|' ? pipeline : sequence)(composition.commands)
  const { cwd, env, user } = parts.scope
  const text = withEnvironment(inDirectory(fed(plainText(parts), parts.stdin), cwd), env)
  return asUser(text, user, parts.readsPipe)
}

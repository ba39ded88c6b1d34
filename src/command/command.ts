import { posix } from 'node:path'
import type { Readable } from 'node:stream'
import { OptionError } from '../errors/option-error.js'
import { quote } from './quote.js'
import { Secret } from './secret.js'

/** Shell text that is taken as it is; made by {@link raw}. */
export class Raw {
  constructor(readonly text: string) {}
}

/** What may stand in a command: one quoted word each, an array is several, a command or {@link raw} is shell text. */
export type Word = string | number | Secret | Command | Raw | readonly Word[]

/** Exit code of what was ended by SIGTERM. */
const TERMINATED = 143

/** Where and as whom a command runs. */
export interface Scope {
  /** Directory it runs in; it fails when that is missing. A relative one is below that of the host. Default: the user's home, on this machine the working directory. */
  readonly cwd?: string
  /** User it runs as, through `sudo -n` unless that is who is logged in. */
  readonly user?: string
  /** Environment variables added to those of the log-in. */
  readonly env?: Readonly<Record<string, string | Secret>>
}

/** The name of a user, or `#` and a number; nothing that could be taken for an option. */
export function userName(user: string): string {
  if (/^(?:[A-Za-z0-9_][^\s:/\0]*|#\d+)$/.test(user)) return user
  throw new OptionError('user', `${JSON.stringify(user)} is not the name of a user`)
}

/** A directory as seen from another one on the same host. */
export function below(cwd: string | undefined, directory: string): string {
  return cwd === undefined || posix.isAbsolute(directory) ? directory : posix.join(cwd, directory)
}

/** Shell text, a secret that becomes one quoted word, or a command that runs in a shell of its own. */
export type Piece = string | Secret | Command

/** A file that a command reads from, or writes to. */
export interface Redirection {
  readonly operator: '<' | '>' | '>>'
  readonly file: string
}

/** Commands that run one after the other, each if the one before succeeded, or each reading what that prints. */
export interface Composition {
  readonly operator: '&&' | '|'
  readonly commands: readonly Command[]
}

/** What a {@link Command} is made of. */
export interface CommandParts {
  readonly kind: 'ask' | 'change'
  readonly text: readonly Piece[]
  /** In place of the text. It has no scope, input or files of its own: its commands have. */
  readonly composition?: Composition
  readonly redirections?: readonly Redirection[]
  /** True: its input is what the command before it in a pipe prints. */
  readonly readsPipe?: boolean
  readonly scope: Scope
  /** What the command reads from its standard input. Default: nothing. */
  readonly stdin?: string | Uint8Array | Secret | Readable
  /** Exit codes that are not a failure, besides 0. */
  readonly accepted: readonly number[] | 'any'
  /** True: what it prints is data, which must come as it is. */
  readonly isData?: boolean
  /** Exit code that ends a script without being a failure: what follows is decided on the controller. */
  readonly pausing?: number
  /** True: runs in the session's own shell, so that what it opens stays open. */
  readonly inSession?: boolean
}

/**
 * A command as a value: made by {@link ask} or {@link change}, run by a {@link Host}. It does nothing by itself.
 *
 * Printed, it shows what will be run, with secrets masked.
 */
export class Command {
  /** @internal */
  readonly parts: CommandParts

  /** @internal */
  constructor(parts: CommandParts) {
    this.parts = Object.freeze(parts)
  }

  /** `ask` only reads on the server, `change` may write. */
  get kind(): 'ask' | 'change' {
    return this.parts.kind
  }

  /** The same command, run in a directory. */
  in(cwd: string): Command {
    return this.#scoped({ cwd })
  }

  /**
   * The same command, run as another user (`sudo -n`).
   *
   * @throws {@link OptionError} for what cannot be the name of a user
   */
  as(user: string): Command {
    return this.#scoped({ user: userName(user) })
  }

  /** The same command as root. */
  asRoot(): Command {
    return this.as('root')
  }

  /** The same command with more environment variables. */
  withEnv(env: Readonly<Record<string, string | Secret>>): Command {
    return this.#scoped({ env: { ...this.parts.scope.env, ...env } })
  }

  /**
   * This command, then the other one if this one succeeded: one command, whose parts keep their directories, users
   * and inputs. Within it an exit code that a part accepts counts as 0.
   *
   * @example
   * ```ts
   * await host.runAll([change`make`.in('/srv/app').and(change`systemctl restart app`.asRoot())])
   * ```
   */
  and(next: Command): Command {
    return this.#composed('&&', next)
  }

  /**
   * This command, and the other one reading what it prints. It fails if any of them fails, with the exit code of
   * the first that did; but to be cut off since the reader had enough is no failure.
   *
   * @example
   * ```ts
   * await host.runAll([ask`mysqldump carers`.asRoot().pipe(change`gzip`).to('/backup/today.sql.gz')])
   * ```
   */
  pipe(reader: Command): Command {
    return this.#composed('|', reader)
  }

  /** The same command with its output in a file, which is emptied first; relative to its directory, as its user. */
  to(file: string): Command {
    return this.#redirected({ operator: '>', file })
  }

  /** The same command with its output at the end of a file. */
  appendTo(file: string): Command {
    return this.#redirected({ operator: '>>', file })
  }

  /** The same command with a file of the host as its input. */
  from(file: string): Command {
    return this.#redirected({ operator: '<', file })
  }

  /**
   * The same command with text or bytes on its standard input, or a stream: `createReadStream(file)` for a file of this
   * machine. A command with a stream can be run once, and not together with others; it is killed should the
   * stream fail, so that it never takes a part of it for the whole.
   */
  withStdin(stdin: string | Uint8Array | Secret | Readable): Command {
    const { composition, redirections = [] } = this.parts
    if (composition)
      return this.#mapped((command, index) => (index === 0 ? command.withStdin(stdin) : command))
    return this.#with({ stdin, redirections: redirections.filter(({ operator }) => operator !== '<') })
  }

  /**
   * The same command, for which these exit codes are answers and not failures. Only 143 always is one: it is
   * what a command ends with that ran out of time, or was cancelled.
   */
  accepting(...codes: readonly number[]): Command {
    const { accepted } = this.parts
    return accepted === 'any' ? this : this.#with({ accepted: [...accepted, ...codes] })
  }

  /** @internal The same command, of which no exit code is a failure. */
  acceptingAny(): Command {
    return this.#with({ accepted: 'any' })
  }

  /** @internal The same command, which ends its script with this exit code, and yet has not failed. */
  pausingAt(code: number): Command {
    return this.#with({ pausing: code })
  }

  /** @internal The same command, whose output is data: no secrets are taken out of it. */
  asData(): Command {
    return this.#with({ isData: true })
  }

  /** @internal All secrets in it. */
  get secrets(): readonly Secret[] {
    const { text, composition, scope, stdin } = this.parts
    const inner = [...text, ...(composition?.commands ?? [])].filter(piece => piece instanceof Command)
    const values = [...text, ...Object.values(scope.env ?? {}), stdin]
    return [...values.filter(value => value instanceof Secret), ...inner.flatMap(({ secrets }) => secrets)]
  }

  /** @internal True if what follows may be run after this exit code. */
  goesOnAfter(exitCode: number | undefined): boolean {
    const { accepted } = this.parts
    if (exitCode === undefined || exitCode === TERMINATED) return false
    return exitCode === 0 || accepted === 'any' || accepted.includes(exitCode)
  }

  /** @internal True if this exit code is no failure. */
  isGood(exitCode: number | undefined): boolean {
    return this.goesOnAfter(exitCode) || (exitCode !== undefined && exitCode === this.parts.pausing)
  }

  /** @internal The same command, run in the session's own shell. */
  inSession(): Command {
    return this.#with({ inSession: true })
  }

  /** @internal The same command in the scope of a host, as far as it has none of its own. */
  within(scope: Scope): Command {
    if (this.parts.composition) return this.#mapped(command => command.within(scope))
    const own = this.parts.scope
    const cwd = own.cwd === undefined ? {} : { cwd: below(scope.cwd, own.cwd) }
    return this.#with({ scope: { ...scope, ...own, ...cwd, env: { ...scope.env, ...own.env } } })
  }

  /** What will be run, for people: secrets are masked. */
  toString(): string {
    const { text, composition, redirections = [] } = this.parts
    if (composition) return composition.commands.map(String).join(` ${composition.operator} `)
    const files = redirections.map(({ operator, file }) => ` ${operator}${quote(file)}`)
    return [...text.map(String), ...files].join('')
  }

  /** The same, for JSON. */
  toJSON(): string {
    return this.toString()
  }

  #with(changed: Partial<CommandParts>): Command {
    return new Command({ ...this.parts, ...changed })
  }

  /** A composition hands on what is said of it to those of its commands that say nothing else. */
  #scoped(scope: Scope): Command {
    if (this.parts.composition) return this.#mapped(command => command.within(scope))
    return this.#with({ scope: { ...this.parts.scope, ...scope } })
  }

  #mapped(change: (command: Command, index: number) => Command): Command {
    const { composition } = this.parts
    if (!composition) return this
    const commands = composition.commands.map(change)
    const kind = commands.some(command => command.kind === 'change') ? 'change' : 'ask'
    return this.#with({ kind, composition: { ...composition, commands } })
  }

  #composed(operator: Composition['operator'], next: Command): Command {
    if (next.parts.inSession || this.parts.inSession) throw new Error('what runs in the session stands alone')
    const second = operator === '|' ? next.#readingPipe() : next
    const commands = [this, second]
    const kind = commands.some(command => command.kind === 'change') ? 'change' : 'ask'
    return new Command({ kind, text: [], composition: { operator, commands }, scope: {}, accepted: [] })
  }

  #readingPipe(): Command {
    const { composition, stdin, redirections = [] } = this.parts
    if (composition) return this.#mapped((command, index) => (index === 0 ? command.#readingPipe() : command))
    if (stdin !== undefined || redirections.some(({ operator }) => operator === '<')) {
      throw new OptionError('command', 'one that has an input of its own cannot read from a pipe')
    }
    return this.#with({ readsPipe: true })
  }

  #redirected(redirection: Redirection): Command {
    const { composition, redirections = [], stdin, ...others } = this.parts
    if (redirection.file === '') throw new OptionError('command', 'the name of a file cannot be empty')
    quote(redirection.file)
    if (composition) {
      const isOutput = redirection.operator !== '<'
      const last = composition.commands.length - 1
      return this.#mapped((command, index) => {
        if (!isOutput) return index === 0 ? command.#redirected(redirection) : command
        if (composition.operator === '|') return index === last ? command.#redirected(redirection) : command
        return command.#redirected(index === 0 ? redirection : { ...redirection, operator: '>>' })
      })
    }
    const isInput = redirection.operator === '<'
    const kept = redirections.filter(({ operator }) => (operator === '<') !== isInput)
    return new Command({
      ...others,
      kind: isInput ? this.kind : 'change',
      ...(stdin !== undefined && !isInput && { stdin }),
      redirections: [...kept, redirection],
    })
  }
}

function textInside(command: Command): readonly Piece[] {
  const { parts } = command
  if (parts.composition || parts.redirections?.length) return [command]
  if (parts.stdin !== undefined || Object.keys(parts.scope).length > 0) {
    throw new OptionError('command', 'a command inside another one cannot have a scope or input of its own')
  }
  return parts.text
}

function textOf(word: Word): Piece[] {
  if (typeof word === 'string') return [quote(word)]
  if (typeof word === 'number') return [String(word)]
  if (word instanceof Secret) return [word]
  if (word instanceof Raw) return [word.text]
  if (word instanceof Command) return [...textInside(word)]
  if (Array.isArray(word)) return word.flatMap((each, index) => [...(index ? [' '] : []), ...textOf(each)])
  throw new OptionError(
    'command',
    `a value of type ${word === null ? 'null' : typeof word} cannot be a word of it`,
  )
}

/** A command out of a template whose values are quoted, or out of an argument vector. */
export type CommandMaker = {
  (template: TemplateStringsArray, ...values: readonly Word[]): Command
  (argv: readonly (string | number | Secret)[]): Command
}

function isTemplate(value: TemplateStringsArray | readonly unknown[]): value is TemplateStringsArray {
  return 'raw' in value
}

function makerOf(kind: 'ask' | 'change'): CommandMaker {
  return (first: TemplateStringsArray | readonly Word[], ...values: readonly Word[]) => {
    const text = isTemplate(first)
      ? first.raw.flatMap((written, index) => {
          const piece = written.replace(/\\(`|\$\{)/g, '$1')
          const value = values[index]
          if (index < values.length && value === undefined) {
            throw new OptionError('command', `value ${index + 1} of "${first.join('…')}" is undefined`)
          }
          return value === undefined ? [piece] : [piece, ...textOf(value)]
        })
      : textOf(first)
    return new Command({ kind, text, scope: {}, accepted: [] })
  }
}

/**
 * A command that only reads on the server.
 *
 * Each value in the template is one quoted word, an array is several. The text around them is POSIX shell,
 * and reaches it as it is written: backslashes too (only `` \` `` and `\${` lose theirs).
 *
 * @example
 * ```ts
 * const [disk] = await host.runAll([ask`df -P -- ${'/var/django'}`])
 * ```
 */
export const ask: CommandMaker = makerOf('ask')

/**
 * A command that may change something on the server; else like {@link ask}.
 *
 * @example
 * ```ts
 * await host.runAll([change`mkdir -p -- ${directory}`, change(['touch', file])])
 * ```
 */
export const change: CommandMaker = makerOf('change')

/** Shell text for a template that is taken as it is, unquoted. Never put a value from outside into it. */
export function raw(text: string): Raw {
  return new Raw(text)
}

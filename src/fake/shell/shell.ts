import type { Assignment, Command, CommandArgument, CommandNode, Redirection, Statement } from 'unbash'
import { FileFailure } from '../machine/file-failure.js'
import { BUILTINS, SPECIAL_BUILTINS } from './builtins.js'
import { Control } from './control.js'
import { Expansion } from './expansion.js'
import { Exit, Jump, Return } from './jumps.js'
import type { ProcessState } from './process.js'
import { opened, RedirectionFailure, type ResolvedRedirection, redirected } from './redirections.js'
import { foreign, type List, SyntaxFailure } from './script.js'
import { scopeOf } from './shell-scope.js'
import { ShellState } from './shell-state.js'
import { Collector, OpenFile } from './streams.js'

const MOST_CALLS = 200

/** A POSIX shell of a server: runs scripts in memory, each command to its end before the next. */
export class Shell extends ShellState {
  readonly functions: Map<string, CommandNode>
  readonly expansion: Expansion
  readonly #control: Control
  #calls = 0
  /** How the last command ended that was substituted. */
  #substituted = 0

  constructor(state: ProcessState, name = 'sh', positional: readonly string[] = [], parent?: Shell) {
    super(state, name, positional, parent)
    this.functions = new Map(parent?.functions)
    this.expansion = new Expansion(scopeOf(this))
    this.#control = new Control(this)
  }

  /** What a command prints; it is run in a copy of this shell. */
  substitute(body: List): string {
    const output = new Collector()
    this.status = this.inSubshell(child => child.list(body), new Map([[1, new OpenFile(undefined, output)]]))
    this.#substituted = this.status
    return output.text
  }

  /** Runs a script to its end, what was trapped included. */
  run(text: string): number {
    return this.#ending(() => this.evaluate(text))
  }

  /** Runs a script within this shell. */
  evaluate(text: string): number {
    try {
      return this.list(this.machine.parsed(text))
    } catch (error) {
      if (!(error instanceof SyntaxFailure)) throw error
      this.complain(`Syntax error: ${error.message}`)
      throw new Exit(2)
    }
  }

  /** Runs something in a copy of this shell: what it sets, and opens, is gone afterwards. */
  inSubshell(act: (shell: Shell) => number, changed: ReadonlyMap<number, OpenFile> = new Map()): number {
    const descriptors = this.descriptors.copy()
    for (const [descriptor, file] of changed) descriptors.set(descriptor, file)
    const child = new Shell({ ...this.state, descriptors }, this.name, this.positional, this)
    child.#calls = this.#calls
    try {
      return child.#ending(() => act(child))
    } finally {
      descriptors.close()
    }
  }

  /** Runs commands one after the other. */
  list(statements: List): number {
    return this.#control.list(statements)
  }

  /** Runs a command of a script. */
  execute(command: Statement['command']): number {
    return this.#control.execute(command)
  }

  /** Runs a command by its words: a function, a builtin or a program. */
  call(words: readonly string[], withFunctions = true): number {
    const [name = '', ...args] = words
    const body = withFunctions ? this.functions.get(name) : undefined
    if (body) return this.#function(body, args)
    const builtin = BUILTINS.get(name)
    if (builtin) return builtin(this, args)
    return this.machine.run(this.state, words)
  }

  #function(body: CommandNode, args: readonly string[]): number {
    const before = this.positional
    this.positional = args
    this.variables.enter()
    this.#calls += 1
    try {
      if (this.#calls > MOST_CALLS) throw new Error('a function that calls itself for ever')
      return this.execute(body)
    } catch (jump) {
      if (jump instanceof Return) return jump.code
      throw jump
    } finally {
      this.#calls -= 1
      this.variables.leave()
      this.positional = before
    }
  }

  /** Runs a simple command: assignments, words, redirections. */
  simple({ name: first, prefix, args, redirects }: Command): number {
    this.#substituted = 0
    const fields = [...(first ? [first] : []), ...args].flatMap(each => this.#fields(each))
    const [name] = fields
    const assignments = prefix.filter(each => each.type === 'Assignment')
    if (name === undefined) {
      // what one says is known to the next
      for (const each of assignments) this.variables.set(...this.#assigned(each))
      const code = this.#substituted
      return this.redirected(redirects, () => code)
    }
    const values = assignments.map(each => this.#assigned(each))
    if (name === 'exec' || SPECIAL_BUILTINS.has(name)) {
      for (const [each, value] of values) this.variables.set(each, value)
      return name === 'exec'
        ? this.#exec(fields.slice(1), redirects)
        : this.redirected(redirects, () => this.call(fields))
    }
    const giveBack = this.variables.lend(values)
    try {
      return this.redirected(redirects, () => this.call(fields))
    } finally {
      giveBack()
    }
  }

  #fields(word: CommandArgument): readonly string[] {
    return word.type === 'Word' ? this.expansion.fields([word]) : [this.#assigned(word).join('=')]
  }

  #assigned(assignment: Assignment): readonly [string, string] {
    const { name, value, append, index } = assignment
    if (value.type !== 'Word' || append || index) return foreign(assignment)
    return [name, this.expansion.text(value)]
  }

  #exec(words: readonly string[], redirections: readonly Redirection[]): number {
    if (words.length > 0) throw new Exit(this.redirected(redirections, () => this.call(words, false)))
    try {
      for (const redirection of redirections) {
        const { descriptor, file } = this.#opened(redirection)
        this.descriptors.set(descriptor, file)
      }
      return 0
    } catch (error) {
      if (!(error instanceof RedirectionFailure)) throw error
      this.complain(error.message)
      throw new Exit(2)
    }
  }

  /** A redirection with its words expanded. */
  #resolved(redirection: Redirection): ResolvedRedirection {
    const { descriptor, operator } = redirection
    if (descriptor?.type === 'FileDescriptorVariable') return foreign(redirection)
    const resolved = (text: string, usual: number) => ({
      operator,
      target: text,
      descriptor: descriptor?.value ?? usual,
    })
    if (redirection.type === 'HereDoc' && operator === '<<')
      return resolved(this.expansion.document(redirection), 0)
    if (redirection.type !== 'Redirect' || !redirection.target || operator.startsWith('&'))
      return foreign(redirection)
    return resolved(this.expansion.text(redirection.target), operator.startsWith('<') ? 0 : 1)
  }

  #opened(redirection: Redirection): { readonly descriptor: number; readonly file: OpenFile | undefined } {
    const resolved = this.#resolved(redirection)
    return { descriptor: resolved.descriptor, file: opened(resolved, this.state, this.options.has('C')) }
  }

  /** Does something while descriptors lead elsewhere. */
  redirected(redirections: readonly Redirection[], act: () => number): number {
    if (redirections.length === 0) return act()
    return redirected(redirections, this, each => this.#opened(each), act)
  }

  #ending(act: () => number): number {
    const code = this.#ended(act)
    const last = this.atExit
    if (last === undefined) return code
    this.atExit = undefined
    this.status = code
    return this.#ended(() => {
      this.evaluate(last)
      return code
    })
  }

  #ended(act: () => number): number {
    try {
      return act()
    } catch (jump) {
      if (jump instanceof Exit || jump instanceof Return) return jump.code
      if (jump instanceof Jump) return 0
      if (!(jump instanceof FileFailure)) throw jump
      this.complain(jump.message) // a write that failed: the disk is full
      return 2
    }
  }
}

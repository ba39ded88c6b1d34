import type { AndOr, Case, CommandNode, For, If, Pipeline, PipelineNode, Statement, While } from 'unbash'
import { Exit, turned } from './jumps.js'
import { matchesPattern } from './pattern.js'
import { foreign, type List } from './script.js'
import type { Shell } from './shell.js'
import { Collector, OpenFile, Source } from './streams.js'

const MOST_TURNS = 100_000

/** Which commands of a script a shell runs, and how often: lists, pipelines, conditions, loops. */
export class Control {
  constructor(private readonly shell: Shell) {}

  /** Runs commands one after the other. */
  list(statements: List): number {
    if (statements.length === 0) this.shell.status = 0
    for (const { command, background } of statements) {
      if (background) return foreign({ type: command.type, text: '&' })
      this.shell.status = this.execute(command)
    }
    return this.shell.status
  }

  /** Runs a command, of whichever kind. */
  execute(node: Statement['command']): number {
    switch (node.type) {
      case 'Command':
        return this.#checked(this.shell.simple(node))
      case 'Pipeline':
        return this.#pipeline(node)
      case 'AndOr':
        return this.#andOr(node)
      case 'Redirected':
        return this.shell.redirected(node.redirects, () => this.execute(node.command))
      case 'Subshell':
        return this.#checked(this.shell.inSubshell(shell => shell.list(node.body.commands)))
      case 'BraceGroup':
        return this.list(node.body.commands)
      case 'If':
        return this.#if(node)
      case 'While':
        return this.#while(node)
      case 'For':
        return this.#for(node)
      case 'Case':
        return this.#case(node)
      case 'Function':
        if (node.body.type === 'CompoundList') return foreign(node)
        this.shell.functions.set(node.name.value, node.body)
        return 0
      default:
        return foreign(node)
    }
  }

  #andOr({ commands: [first, ...rest], operators }: AndOr): number {
    if (!first) return 0
    const run = (command: PipelineNode, isLast: boolean) =>
      isLast ? this.execute(command) : this.#tolerant(() => this.execute(command))
    this.shell.status = run(first, false)
    for (const [index, command] of rest.entries()) {
      const isWanted = (this.shell.status === 0) === (operators[index] === '&&')
      if (isWanted) this.shell.status = run(command, index === rest.length - 1)
    }
    return this.shell.status
  }

  #pipeline({ prefixes, commands, operators }: Pipeline): number {
    const [other] = prefixes.filter(each => each.type !== 'Negation')
    if (other || operators.includes('|&')) return foreign(other ?? { type: 'Pipeline', text: '|&' })
    const isNegated = prefixes.length % 2 === 1
    const run = () => this.#connected(commands)
    return isNegated ? Number(this.#tolerant(run) === 0) : this.#checked(run())
  }

  /** Runs commands, the output of each being the input of the next. */
  #connected(commands: readonly CommandNode[]): number {
    const [only] = commands
    if (commands.length === 1 && only) return this.execute(only)
    let input: OpenFile | undefined
    let code = 0
    commands.forEach((command, index) => {
      const changed = new Map<number, OpenFile>()
      if (input) changed.set(0, input)
      const output = new Collector()
      if (index < commands.length - 1) changed.set(1, new OpenFile(undefined, output))
      code = this.shell.inSubshell(shell => shell.execute(command), changed)
      input = new OpenFile(new Source(output.text), undefined)
    })
    return code
  }

  #if({ clause, then, elif, else: otherwise }: If): number {
    const branch = [{ clause, then }, ...elif].find(
      each => this.#tolerant(() => this.list(each.clause.commands)) === 0,
    )
    return this.list(branch?.then.commands ?? otherwise?.commands ?? [])
  }

  #case({ word, items }: Case): number {
    const text = this.shell.expansion.text(word)
    const item = items.find(({ pattern }) =>
      pattern.some(each => matchesPattern(text, this.shell.expansion.pattern(each))),
    )
    if (item?.terminator && item.terminator !== ';;')
      return foreign({ type: 'CaseItem', text: item.terminator })
    return item ? this.list(item.body.commands) : 0
  }

  #while({ kind, clause, body }: While): number {
    const goesOn = () => (this.#tolerant(() => this.list(clause.commands)) === 0) === (kind === 'while')
    let code = 0
    for (let turns = 0; goesOn(); turns += 1) {
      if (turns > MOST_TURNS) throw new Error('a loop that never ends')
      const turn = turned(() => this.list(body.commands))
      if (turn === undefined) return 0
      code = turn
    }
    return code
  }

  #for({ name, wordlist, body }: For): number {
    let code = 0
    for (const value of wordlist ? this.shell.expansion.fields(wordlist) : this.shell.positional) {
      this.shell.variables.set(name.value, value)
      const turn = turned(() => this.list(body.commands))
      if (turn === undefined) return 0
      code = turn
    }
    return code
  }

  /** With `set -e`, what fails ends the shell, unless somebody looks at how it ends. */
  #checked(code: number): number {
    if (code !== 0 && this.shell.options.has('e') && this.#tolerance === 0) throw new Exit(code)
    return code
  }

  #tolerance = 0

  #tolerant(act: () => number): number {
    this.#tolerance += 1
    try {
      return act()
    } finally {
      this.#tolerance -= 1
    }
  }
}

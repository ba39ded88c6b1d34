import { posix } from 'node:path'
import { FileAccess } from '../machine/file-access.js'
import { FileFailure } from '../machine/file-failure.js'
import type { Machine } from '../machine/machine.js'
import type { User } from '../machine/users.js'
import type { ProcessState } from './process.js'
import type { Descriptors } from './streams.js'
import { Variables } from './variables.js'

/** What a shell knows, whatever it runs: where it is, who runs it, its variables and options. */
export class ShellState {
  readonly machine: Machine
  readonly user: User
  readonly descriptors: Descriptors
  readonly variables: Variables
  /** What is done at its end. */
  atExit: string | undefined
  readonly options = new Set<string>()
  positional: readonly string[]
  cwd: string
  umask: number
  status = 0
  readonly #stay: ProcessState['stay']

  constructor(
    state: ProcessState,
    readonly name: string,
    positional: readonly string[],
    parent: ShellState | undefined,
  ) {
    this.machine = state.machine
    this.user = state.user
    this.cwd = state.cwd
    this.umask = state.umask
    this.descriptors = state.descriptors
    this.#stay = state.stay
    this.positional = positional
    this.variables = parent ? parent.variables.copy() : Variables.of(state.environment)
    for (const option of parent?.options ?? []) this.options.add(option)
    this.status = parent?.status ?? 0
  }

  /** What a child of this shell inherits. */
  get state(): ProcessState {
    const { machine, user, cwd, umask, descriptors } = this
    const environment = this.variables.environment
    environment.set('PWD', cwd)
    const stay = this.#stay
    return { machine, user, cwd, umask, descriptors, environment, ...(stay && { stay }) }
  }

  get files(): FileAccess {
    return new FileAccess(this.machine.tree, this.user, this.cwd, this.umask)
  }

  /** Says what went wrong. */
  complain(message: string): void {
    this.descriptors.get(2)?.sink?.write(`${this.name}: 1: ${message}\n`)
  }

  print(text: string): void {
    this.descriptors.get(1)?.sink?.write(text)
  }

  /** A variable, or what the shell itself knows. */
  valueOf(name: string): string | undefined {
    if (/^\d+$/.test(name)) return name === '0' ? this.name : this.positional[Number(name) - 1]
    switch (name) {
      case '?':
        return String(this.status)
      case '#':
        return String(this.positional.length)
      case '$':
        return String(this.machine.pid)
      case '-':
        return [...this.options].join('')
      case 'PWD':
        return this.cwd
      default:
        return this.variables.get(name)
    }
  }

  /** Goes to a directory. @throws {@link FileFailure} */
  enter(directory: string): void {
    const path = posix.normalize(directory.startsWith('/') ? directory : `${this.cwd}/${directory}`)
    const node = this.machine.tree.find(this.user, path)
    if (node.kind !== 'directory') throw new FileFailure('ENOTDIR')
    if (!this.machine.tree.allows(this.user, node, 1)) throw new FileFailure('EACCES')
    this.cwd = path.replace(/(?<=.)\/$/, '')
  }
}

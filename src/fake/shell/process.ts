import { FileAccess } from '../machine/file-access.js'
import { FileFailure } from '../machine/file-failure.js'
import type { Machine } from '../machine/machine.js'
import type { User } from '../machine/users.js'
import { type Descriptors, OpenFile, Source } from './streams.js'

/** What a process inherits. */
export interface ProcessState {
  readonly machine: Machine
  readonly user: User
  readonly cwd: string
  readonly umask: number
  readonly environment: ReadonlyMap<string, string>
  readonly descriptors: Descriptors
  /** Lets a program that was started as a service go on when it has returned. */
  readonly stay?: (staying: Staying) => void
}

/** A program that goes on in the background. */
export interface Staying {
  /** Where it listens. */
  readonly socket?: string
  /** The name by which it can be asked how it is. */
  readonly node?: string
}

/** What a child gets that its parent has not. */
export interface SpawnOptions {
  readonly user?: User
  readonly environment?: ReadonlyMap<string, string>
  readonly stdin?: string
}

/** A program of a server: what it does, and with which exit code it ends; none is 0. */
export type Program = (process: Process) => number | undefined

/** The mark of a file that is a program of this server. */
export const PROGRAM_MARK = '\x7fprogram '

/** A program under way: its words, its files, its streams. */
export class Process {
  readonly files: FileAccess

  constructor(
    readonly state: ProcessState,
    /** What it was called. */
    readonly name: string,
    readonly args: readonly string[],
  ) {
    this.files = new FileAccess(state.machine.tree, state.user, state.cwd, state.umask)
  }

  get machine(): Machine {
    return this.state.machine
  }

  get user(): User {
    return this.state.user
  }

  /** What it was told, as people read it. */
  get line(): string {
    return [this.name, ...this.args].join(' ').slice(0, 120)
  }

  /** A variable of the environment. */
  variable(name: string): string | undefined {
    return this.state.environment.get(name)
  }

  /** What it reads. */
  get stdin(): Source {
    return this.state.descriptors.get(0)?.source ?? new Source('')
  }

  /** Prints. */
  out(text: string): void {
    this.state.descriptors.get(1)?.sink?.write(text)
  }

  /** Prints a line of what went wrong, and gives the exit code. */
  fail(message: string, exitCode = 1): number {
    this.state.descriptors.get(2)?.sink?.write(`${this.name}: ${message}\n`)
    return exitCode
  }

  /** Prints on the error stream. */
  err(text: string): void {
    this.state.descriptors.get(2)?.sink?.write(text)
  }

  /** Does something with a file; if the kernel refuses, says so as programs do. */
  attempt(what: string, act: () => void): number {
    try {
      act()
      return 0
    } catch (error) {
      if (error instanceof FileFailure) return this.fail(`${what}: ${error.message}`)
      throw error
    }
  }

  /** The content of a file, or of the input. @throws {@link FileFailure} */
  read(path: string): string {
    return path === '-' || path === '/dev/stdin' ? this.stdin.read() : this.files.read(path)
  }

  /** The content of a file, or of the input; undefined, with a word, if it cannot be read. */
  content(path: string): string | undefined {
    let text: string | undefined
    this.attempt(path, () => {
      text = this.read(path)
    })
    return text
  }

  /** Runs another program with what this one has. */
  spawn(argv: readonly string[], { user, environment, stdin }: SpawnOptions = {}): number {
    const descriptors = this.state.descriptors.copy()
    if (stdin !== undefined) descriptors.set(0, new OpenFile(new Source(stdin), undefined))
    const { state, machine } = this
    const changed = { user: user ?? this.user, environment: environment ?? state.environment }
    try {
      return machine.run({ ...state, ...changed, descriptors }, argv)
    } finally {
      descriptors.close()
    }
  }
}

import { PROGRAM_MARK, Process, type ProcessState, type Program } from '../shell/process.js'
import { type List, parsed } from '../shell/script.js'
import { Shell } from '../shell/shell.js'
import type { OpenFile } from '../shell/streams.js'
import { unexpected } from '../unexpected.js'
import type { FakeClock } from './clock.js'
import type { Databases } from './databases.js'
import { FileAccess } from './file-access.js'
import { FileFailure } from './file-failure.js'
import { FileTree } from './file-tree.js'
import type { Repositories } from './repositories.js'
import type { Services } from './services.js'
import type { Users } from './users.js'

/** What a machine is made of. */
export interface MachineParts {
  readonly name: string
  readonly clock: FakeClock
  readonly users: Users
  readonly programs: ReadonlyMap<string, Program>
  /** Programs that this machine could have, and has not: they are not found, as on a real one. */
  readonly known: ReadonlySet<string>
  /** MariaDB's. */
  readonly databases: Databases
  readonly postgresql: Databases
  readonly repositories: Repositories
  readonly services: Services
  /** What was told to syslog. */
  readonly log: string[]
}

/** A server in memory. */
export class Machine {
  readonly tree: FileTree
  readonly pid = 4242
  #lastPid = 5000
  #seed = 1
  readonly #locks = new Map<object, OpenFile>()
  readonly #parsed = new Map<string, List>()

  constructor(readonly parts: MachineParts) {
    this.tree = new FileTree(
      () => this.clock.milliseconds,
      bytes => this.random(bytes),
    )
  }

  get clock(): FakeClock {
    return this.parts.clock
  }

  get users(): Users {
    return this.parts.users
  }

  /** The files as root sees them. */
  get files(): FileAccess {
    return new FileAccess(this.tree, this.users.root, '/')
  }

  nextPid(): number {
    this.#lastPid += 1
    return this.#lastPid
  }

  /** Bytes that look like any; the same ones on each machine, so that what is made of them can be compared. */
  random(bytes: number): string {
    let text = ''
    for (let count = 0; count < bytes; count += 1) {
      this.#seed = (Math.imul(this.#seed, 1103515245) + 12345) >>> 0
      text += String.fromCharCode((this.#seed >>> 16) & 255)
    }
    return text
  }

  /** A script, read once. */
  parsed(text: string): List {
    let list = this.#parsed.get(text)
    if (!list) {
      list = parsed(text)
      this.#parsed.set(text, list)
    }
    return list
  }

  /** Locks what a file is, if nobody else has; see {@link Machine.unlock}. */
  lock(file: OpenFile): boolean {
    const { lockable } = file
    if (!lockable) return true
    const holder = this.#locks.get(lockable)
    if (holder && holder !== file) return false
    this.#locks.set(lockable, file)
    return true
  }

  unlock(file: OpenFile): void {
    if (file.lockable && this.#locks.get(file.lockable) === file) this.#locks.delete(file.lockable)
  }

  /** Path of a program; undefined if there is none. */
  pathOf(
    { user, cwd, environment }: Pick<ProcessState, 'user' | 'cwd' | 'environment'>,
    name: string,
  ): string | undefined {
    const files = new FileAccess(this.tree, user, cwd)
    const isThere = (path: string) => {
      const node = files.peek(path)
      return node?.kind === 'file' && this.tree.allows(user, node, 1)
    }
    if (name.includes('/')) return isThere(name) ? name : undefined
    if (name === '') return undefined
    const places = (environment.get('PATH') ?? '/usr/bin').split(':')
    return places.map(place => `${place}/${name}`).find(isThere)
  }

  /** Runs a program to its end. */
  run(state: ProcessState, argv: readonly string[]): number {
    const [name = '', ...args] = argv
    this.clock.advance(1)
    const path = this.pathOf(state, name)
    if (path === undefined) return this.#missing(state, name)
    const content = new FileAccess(this.tree, this.users.root, state.cwd).read(path)
    if (content.startsWith(PROGRAM_MARK)) {
      const program = this.parts.programs.get(content.slice(PROGRAM_MARK.length))
      return this.#guarded(state, name, () => program?.(new Process(state, name, args)) ?? 0)
    }
    const [, line] = /^#!\s*(.*)/.exec(content) ?? []
    const words = (line ?? '/bin/sh').trim().split(/\s+/)
    return this.run(state, [...words, path, ...args])
  }

  #guarded(state: ProcessState, name: string, act: () => number): number {
    try {
      return act()
    } catch (error) {
      if (!(error instanceof FileFailure)) throw error
      return new Process(state, name, []).fail(`write error: ${error.message}`)
    }
  }

  #missing(state: ProcessState, name: string): number {
    const isKnown = name === '' || name.includes('/') || this.parts.known.has(name)
    if (!isKnown) {
      throw unexpected(
        `run the program ${name} on ${this.parts.name}`,
        'a server in memory has no such program',
        `answer the command that runs it: host.answer(pattern, answer); or give the server one: programs: { '${name}': … }.`,
      )
    }
    new Shell(state).complain(`${name}: not found`)
    return 127
  }
}

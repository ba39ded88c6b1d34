import type { Command } from '../../command/command.js'
import { shellText } from '../../command/shell.js'
import type { Said } from '../answers.js'
import type { FakeSession } from '../fake-connection.js'
import { Shell } from '../shell/shell.js'
import { bytesOf, Collector, Descriptors, OpenFile, Source } from '../shell/streams.js'
import type { Machine } from './machine.js'
import { environmentOf, type User } from './users.js'

const LOGIN_PATH = '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin'

const NOTHING = () => new OpenFile(new Source(''), undefined)

/** A session on a server in memory, as the program at the far end of a real one leads it. */
export class MachineSession implements FakeSession {
  readonly #shell: Shell

  constructor(machine: Machine, user: User) {
    const environment = environmentOf(user, LOGIN_PATH)
    const cwd = machine.files.peek(user.home) ? user.home : '/'
    this.#shell = new Shell({ machine, user, cwd, umask: 0o022, environment, descriptors: new Descriptors() })
  }

  run(command: Command): Said {
    const text = bytesOf(shellText(command))
    const [stdout, stderr] = [new Collector(), new Collector()]
    const { descriptors } = this.#shell
    const streams = new Map([
      [0, NOTHING()],
      [1, new OpenFile(undefined, stdout)],
      [2, new OpenFile(undefined, stderr)],
    ])
    for (const [descriptor, file] of streams) descriptors.set(descriptor, file)
    const exitCode = command.parts.inSession
      ? this.#shell.run(text)
      : this.#shell.inSubshell(shell => shell.evaluate(text))
    for (const descriptor of streams.keys()) descriptors.set(descriptor, undefined)
    const bytes = ({ text: printed }: Collector) => Buffer.from(printed, 'latin1')
    return { exitCode, stdout: bytes(stdout), stderr: bytes(stderr) }
  }

  abandon(guard: readonly Command[]): void {
    for (const command of guard) this.run(command)
    this.close()
  }

  close(): void {
    this.#shell.descriptors.close()
  }
}

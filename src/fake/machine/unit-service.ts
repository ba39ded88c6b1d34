import type { ProcessState, Staying } from '../shell/process.js'
import { Collector, Descriptors, OpenFile, Source } from '../shell/streams.js'
import type { Machine } from './machine.js'
import { Service } from './services.js'
import { parsedUnit, type Unit } from './unit.js'
import { environmentOf, type User } from './users.js'

/** Where the files of units are. */
export const UNITS = '/etc/systemd/system'

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin'

/** A service out of the file of a unit: its command is run, and may stay. */
export class UnitService extends Service {
  #staying: Staying | undefined
  readonly #journal = new Collector()

  constructor(
    private readonly machine: Machine,
    /** Without `.service`. */
    readonly name: string,
  ) {
    super(name, 0, machine.files)
  }

  /** The service of a unit; undefined if there is no file of that name, and nothing runs by one any more. */
  static find(machine: Machine, written: string): Service | undefined {
    const { services } = machine.parts
    const name = written.replace(/\.service$/, '')
    const known = services.find(name)
    if (machine.files.peek(`${UNITS}/${name}.service`)) {
      const service = known ?? new UnitService(machine, name)
      services.add(name, service)
      return service
    }
    if (!(known instanceof UnitService) || known.isActive) return known
    services.remove(name)
    return undefined
  }

  override get staying(): Staying | undefined {
    return this.#staying
  }

  override get journal(): string {
    return this.#journal.text
  }

  get unit(): Unit {
    return parsedUnit(this.files.read(`${UNITS}/${this.name}.service`), this.name)
  }

  override start(): void {
    if (this.isActive) return
    const fault = this.#begun()
    if (fault === undefined) return
    this.#journal.write(`${fault}\n`)
    this.ended('activating')
  }

  /** Starts it; tells why it does not run. */
  #begun(): string | undefined {
    const { unit, machine } = this
    const user = machine.users.find(unit.user)
    if (!user) return `Failed to determine user credentials: ${unit.user}`
    for (const directory of unit.directories) {
      this.files.makeDirectories(directory, 0o755)
      Object.assign(this.files.find(directory), { owner: user.name, group: user.group })
    }
    if (this.files.peek(unit.directory)?.kind !== 'directory')
      return `Changing to the requested working directory failed: ${unit.directory}`
    let staying: Staying | undefined
    this.#run(unit.command, user, unit, each => {
      staying = each
    })
    if (!staying) return `${this.name}.service: Main process exited`
    this.#staying = staying
    this.began(machine.nextPid())
    this.#tellKernel()
    if (unit.afterwards.length > 0) this.#run(unit.afterwards, user, unit)
    return undefined
  }

  override stop(): void {
    const socket = this.#staying?.socket
    if (socket !== undefined && this.files.peek(socket, false)) this.files.removeAll(socket)
    this.#staying = undefined
    this.ended('inactive')
    this.#tellKernel()
  }

  #run(command: readonly string[], user: User, unit: Unit, stay?: ProcessState['stay']): void {
    const descriptors = new Descriptors()
    descriptors.set(0, new OpenFile(new Source(''), undefined))
    for (const descriptor of [1, 2]) descriptors.set(descriptor, new OpenFile(undefined, this.#journal))
    const environment = new Map([...environmentOf(user, PATH), ...unit.environment])
    const state = { machine: this.machine, user, cwd: unit.directory, umask: 0o022, environment, descriptors }
    try {
      this.machine.run({ ...state, ...(stay && { stay }) }, command)
    } finally {
      descriptors.close()
    }
  }

  /** The sockets on which somebody listens, as the kernel has them. */
  #tellKernel(): void {
    const lines = this.machine.parts.services.active.flatMap(({ pid, staying }) =>
      staying?.socket === undefined
        ? []
        : [`0000000000000000: 00000002 00000000 00010000 0001 01 ${pid} ${staying.socket}\n`],
    )
    this.files.write('/proc/net/unix', lines.join(''))
  }
}

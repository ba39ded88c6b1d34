import type { Staying } from '../shell/process.js'
import type { FileAccess } from './file-access.js'

/** How a service is, in the words of systemd; `activating` is one that has ended by itself, and will be started again. */
export type ServiceStatus = 'active' | 'activating' | 'inactive'

/** A service under systemd: it has a process, and workers below that, whose numbers are new with each configuration that it reads. */
export class Service {
  #status: ServiceStatus = 'inactive'
  #reads = 0
  #pid: number

  /** @param pidFile - where it writes the number of its process */
  constructor(
    /** Name of its program. */
    readonly program: string,
    pid: number,
    protected readonly files: FileAccess,
    private readonly pidFile?: string,
  ) {
    this.#pid = pid
  }

  get status(): ServiceStatus {
    return this.#status
  }

  get isActive(): boolean {
    return this.#status === 'active'
  }

  get pid(): number {
    return this.#pid
  }

  /** The number of its worker. */
  get worker(): number {
    return this.pid * 1000 + this.#reads
  }

  /** What its program does in the background, if it was asked. */
  get staying(): Staying | undefined {
    return undefined
  }

  /** What it has printed. */
  get journal(): string {
    return ''
  }

  /** Starts it, or lets it read its configuration again. */
  start(): void {
    this.began(this.#pid)
  }

  stop(): void {
    this.ended('inactive')
  }

  /** It has a process. */
  protected began(pid: number): void {
    this.#pid = pid
    this.#status = 'active'
    this.#reads += 1
    this.files.makeDirectories(`/proc/${pid}`)
    if (this.pidFile !== undefined) this.files.write(this.pidFile, `${pid}\n`)
  }

  /** It has none any more. */
  protected ended(status: ServiceStatus): void {
    this.#status = status
    for (const path of [`/proc/${this.#pid}`, this.pidFile]) {
      if (path !== undefined && this.files.peek(path)) this.files.removeAll(path)
    }
  }
}

/** The services of a server, by their names without `.service`. */
export class Services {
  readonly #services = new Map<string, Service>()

  /** Makes a service known. */
  add(name: string, service: Service): void {
    this.#services.set(name, service)
  }

  /** Forgets one. */
  remove(name: string): void {
    this.#services.delete(name)
  }

  /** A service. */
  find(name: string): Service | undefined {
    return this.#services.get(name.replace(/\.service$/, ''))
  }

  /** Those that run. */
  get active(): readonly Service[] {
    return [...this.#services.values()].filter(({ isActive }) => isActive)
  }
}

import type { FileAccess } from './file-access.js'

/** A service under systemd: it has a process, and workers below that, whose numbers are new with each configuration that it reads. */
export class Service {
  #isActive = false
  #reads = 0
  enabled = false

  /** @param pidFile - where it writes the number of its process */
  constructor(
    /** Name of its program. */
    readonly program: string,
    readonly pid: number,
    private readonly files: FileAccess,
    private readonly pidFile?: string,
  ) {}

  get isActive(): boolean {
    return this.#isActive
  }

  /** The number of its worker. */
  get worker(): number {
    return this.pid * 1000 + this.#reads
  }

  /** Starts it, or lets it read its configuration again. */
  start(): void {
    this.#isActive = true
    this.#reads += 1
    this.files.makeDirectories(`/proc/${this.pid}`)
    if (this.pidFile !== undefined) this.files.write(this.pidFile, `${this.pid}\n`)
  }

  stop(): void {
    this.#isActive = false
    for (const path of [`/proc/${this.pid}`, this.pidFile]) {
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

  /** A service. */
  find(name: string): Service | undefined {
    return this.#services.get(name.replace(/\.service$/, ''))
  }

  /** Those that run. */
  get active(): readonly Service[] {
    return [...this.#services.values()].filter(({ isActive }) => isActive)
  }
}

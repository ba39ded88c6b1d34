import { posix } from 'node:path'

/** The names in a project's home. */
export interface LayoutNames {
  /** The link to the live release. @defaultValue `dev` */
  readonly live: string
  /** The link to the release that is being built. @defaultValue `next` */
  readonly next: string
  /** Where releases live from birth to death. @defaultValue `previous` */
  readonly releases: string
  /** Database dumps. @defaultValue `dbdumps` */
  readonly dumps: string
  /** Directories and files that all releases share. @defaultValue `shared` */
  readonly shared: string
  /** What we keep for ourselves: journal, lock, mirror, virtualenvs. @defaultValue `.dye` */
  readonly state: string
  /** The file that explains it all. @defaultValue `README` */
  readonly readme: string
}

/** A set of names: DYE's, or those that Capistrano made common. */
export type LayoutPreset = 'dye' | 'capistrano'

/** True for a name that is one directory's, never a path, an option or a hidden file. */
export function isPlainName(name: unknown): name is string {
  return typeof name === 'string' && /^[A-Za-z0-9][\w.-]*$/.test(name)
}

/** DYE's names. */
export const DYE_NAMES: LayoutNames = {
  live: 'dev',
  next: 'next',
  releases: 'previous',
  dumps: 'dbdumps',
  shared: 'shared',
  state: '.dye',
  readme: 'README',
}

/** The names of each set. */
export const PRESETS: Readonly<Record<LayoutPreset, LayoutNames>> = {
  dye: DYE_NAMES,
  capistrano: { ...DYE_NAMES, live: 'current', releases: 'releases' },
}

/** Where everything of one project is on a server: absolute paths. */
export class Layout {
  constructor(
    /** The project's home: `/var/django/carers`. */
    readonly root: string,
    readonly names: LayoutNames = DYE_NAMES,
  ) {}

  get live(): string {
    return this.#at(this.names.live)
  }

  get next(): string {
    return this.#at(this.names.next)
  }

  get releases(): string {
    return this.#at(this.names.releases)
  }

  get dumps(): string {
    return this.#at(this.names.dumps)
  }

  get shared(): string {
    return this.#at(this.names.shared)
  }

  get readme(): string {
    return this.#at(this.names.readme)
  }

  /** What we keep for ourselves: journal, lock, mirror, virtualenvs, credentials. */
  get state(): string {
    return this.#at(this.names.state)
  }

  get journal(): string {
    return posix.join(this.state, 'journal.jsonl')
  }

  get lock(): string {
    return posix.join(this.state, 'lock')
  }

  /** While this file exists the web server answers with its maintenance page. */
  get maintenance(): string {
    return posix.join(this.state, 'maintenance')
  }

  get mirror(): string {
    return posix.join(this.state, 'mirror')
  }

  get virtualenvs(): string {
    return posix.join(this.state, 'virtualenvs')
  }

  /** The directory of a release. */
  release(name: string): string {
    return posix.join(this.releases, name)
  }

  /** Dump of the database as it was before a release was deployed. */
  dumpBefore(name: string): string {
    return posix.join(this.dumps, `before-${name}.gz`)
  }

  /** Dump of the database as it was when a release was left by a rollback. */
  dumpOnLeaving(name: string): string {
    return posix.join(this.dumps, `before-rollback-from-${name}.gz`)
  }

  #at(name: string): string {
    return posix.join(this.root, name)
  }
}

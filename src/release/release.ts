import { posix } from 'node:path'
import { OptionError } from '../errors/option-error.js'
import { DYE_NAMES, isPlainName, Layout, type LayoutNames, type LayoutPreset, PRESETS } from './layout.js'
import { overlapOf, type SharedPath } from './shared-files.js'

interface ReleaseSettings {
  /** A project's home, by its name. */
  readonly root: (project: string) => string
  readonly keep: number
  readonly shared: readonly SharedPath[]
  readonly names: LayoutNames
}

function checkedHome(directory: string): string {
  if (posix.isAbsolute(directory)) return posix.normalize(directory)
  throw new OptionError('release', `"${directory}" is not an absolute path`)
}

function checkedRelative(path: string): string {
  const normal = posix.normalize(path).replace(/\/$/, '')
  if (normal === '.' || normal.startsWith('..') || /^[/-]|\n/.test(normal)) {
    throw new OptionError('release', `the shared path "${path}" is not inside the release`)
  }
  return normal
}

/**
 * Where and how releases are kept on a server. A description: it does nothing by itself, and each method
 * returns a changed copy.
 *
 * @example
 * ```ts
 * const release = Release.under('/var/django').keep(5).share('django/website/uploads')
 * ```
 */
export class Release {
  readonly #settings: ReleaseSettings

  private constructor(settings: ReleaseSettings) {
    this.#settings = Object.freeze(settings)
  }

  /**
   * Projects live below this directory, each in one that bears its name.
   *
   * @param home - absolute path; DYE's is `/var/django`
   */
  static under(home: string): Release {
    const checked = checkedHome(home)
    return Release.#in(project => posix.join(checked, project))
  }

  /**
   * The project lives in this directory, whatever its name.
   *
   * @param directory - absolute path
   */
  static at(directory: string): Release {
    const checked = checkedHome(directory)
    return Release.#in(() => checked)
  }

  static #in(root: (project: string) => string): Release {
    return new Release({ root, keep: 5, shared: [], names: DYE_NAMES })
  }

  /** How many good releases are kept besides the live one. @defaultValue 5 */
  keep(count: number): Release {
    if (!Number.isInteger(count) || count < 1) {
      throw new OptionError(
        'release',
        `${count} releases cannot be kept`,
        'keep one at least: rollback() needs it.',
      )
    }
    return this.#with({ keep: count })
  }

  /**
   * Directories in the release that are links to one place that all releases share: uploads, data. What the live
   * release has there is moved to that place, else what the new one has is copied, once; else it is empty.
   *
   * Files of the repository that would be hidden by that fail the deploy before anything is touched.
   */
  share(...directories: readonly string[]): Release {
    return this.#share('directory', directories)
  }

  /** Files that all releases share, like {@link Release.share}; one that is nowhere fails the deploy. */
  shareFiles(...files: readonly string[]): Release {
    return this.#share('file', files)
  }

  /**
   * A set of names: `dye` has `dev` and `previous/`, `capistrano` has `current` and `releases/`.
   *
   * @defaultValue `dye`
   */
  layout(preset: LayoutPreset): Release {
    return this.named(PRESETS[preset])
  }

  /** Names of your own, such as `{ live: 'www', dumps: 'backup' }`. */
  named(names: Partial<LayoutNames>): Release {
    const all = { ...this.#settings.names, ...names }
    for (const [key, name] of Object.entries(all)) {
      const plain = key === 'state' ? name.replace(/^\./, '') : name
      if (!isPlainName(plain)) throw new OptionError('release', `"${name}" is not the name of a directory`)
    }
    if (new Set(Object.values(all)).size < Object.values(all).length) {
      throw new OptionError('release', `two of the names ${Object.values(all).join(', ')} are the same`)
    }
    return this.#with({ names: all })
  }

  /** How many good releases are kept besides the live one. */
  get kept(): number {
    return this.#settings.keep
  }

  /** What all releases share. */
  get shared(): readonly SharedPath[] {
    return this.#settings.shared
  }

  /** Where everything of a project is. */
  layoutOf(project: string): Layout {
    return new Layout(this.#settings.root(project), this.#settings.names)
  }

  #share(kind: SharedPath['kind'], paths: readonly string[]): Release {
    const more = paths.map(path => ({ kind, path: checkedRelative(path) }))
    const shared = [...this.#settings.shared, ...more]
    const overlap = overlapOf(shared.map(({ path }) => path))
    if (overlap) {
      throw new OptionError('release', `the shared paths ${overlap.join(' and ')} are one inside the other`)
    }
    return this.#with({ shared })
  }

  #with(changes: Partial<ReleaseSettings>): Release {
    return new Release({ ...this.#settings, ...changes })
  }
}

/** The name for a release: the wanted one, or with a number behind it where one of that name is known. */
export function freeName(wanted: string, taken: readonly string[]): string {
  let name = wanted
  for (let number = 2; taken.includes(name); number += 1) name = `${wanted}-${number}`
  return name
}

import { posix } from 'node:path'
import { OptionError } from '../errors/option-error.js'
import { DYE_NAMES, isPlainName, Layout, type LayoutNames } from './layout.js'

interface ReleaseSettings {
  readonly home: string
  readonly keep: number
  readonly shared: readonly string[]
  readonly names: LayoutNames
}

function checkedRelative(path: string): string {
  const normal = posix.normalize(path).replace(/\/$/, '')
  if (normal === '.' || normal.startsWith('..') || posix.isAbsolute(normal)) {
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
    if (!posix.isAbsolute(home)) throw new OptionError('release', `"${home}" is not an absolute path`)
    return new Release({ home, keep: 5, shared: [], names: DYE_NAMES })
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
    return new Release({ ...this.#settings, keep: count })
  }

  /** Paths in the release that are links to one place that all releases share: uploads, data. */
  share(...paths: readonly string[]): Release {
    return new Release({
      ...this.#settings,
      shared: [...this.#settings.shared, ...paths.map(checkedRelative)],
    })
  }

  /** Other names than DYE's, such as `{ live: 'current', releases: 'releases' }`. */
  named(names: Partial<LayoutNames>): Release {
    const all = { ...this.#settings.names, ...names }
    for (const name of Object.values(all)) {
      if (!isPlainName(name)) throw new OptionError('release', `"${name}" is not the name of a directory`)
    }
    if (new Set([...Object.values(all), 'README']).size <= Object.values(all).length) {
      throw new OptionError('release', `two of the names ${Object.values(all).join(', ')} are the same`)
    }
    return new Release({ ...this.#settings, names: all })
  }

  /** How many good releases are kept besides the live one. */
  get kept(): number {
    return this.#settings.keep
  }

  /** The paths that all releases share. */
  get sharedPaths(): readonly string[] {
    return this.#settings.shared
  }

  /** Where everything of a project is. */
  layoutOf(project: string): Layout {
    return new Layout(posix.join(this.#settings.home, project), this.#settings.names)
  }
}

/** The name for a release: the wanted one, or with a number behind it where one of that name is known. */
export function freeName(wanted: string, taken: readonly string[]): string {
  let name = wanted
  for (let number = 2; taken.includes(name); number += 1) name = `${wanted}-${number}`
  return name
}

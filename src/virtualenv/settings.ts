import type { PythonRange } from './interpreter.js'
import type { Indexes } from './package-index.js'

/** What installs packages; `auto`: uv where the server has it, else pip. */
export type Installer = 'pip' | 'uv' | 'auto'

/** What of a `pyproject.toml` is installed, besides its `dependencies`. */
export interface PyprojectOptions {
  /** Names out of `optional-dependencies`. @defaultValue none */
  readonly extras?: readonly string[]
  /** Names out of `dependency-groups`. @defaultValue none */
  readonly groups?: readonly string[]
}

/** A `pyproject.toml`, and what of it. */
export interface Pyproject {
  readonly path: string
  readonly extras: readonly string[]
  readonly groups: readonly string[]
}

/** What a virtualenv is described by. */
export interface VirtualenvSettings {
  readonly path: string
  readonly isInPlace: boolean
  readonly requirements: readonly string[]
  /** Requirement files for each environment; undefined once it is known which one counts. */
  readonly byEnvironment: Readonly<Record<string, string | readonly string[]>> | undefined
  readonly pyproject: Pyproject | undefined
  readonly requireHashes: boolean
  readonly pythonRange: PythonRange
  readonly interpreter: string | undefined
  readonly systemSitePackages: boolean
  readonly installer: Installer
  readonly indexes: Indexes
  readonly wheels: readonly string[]
  readonly offline: boolean
  readonly cache: string | undefined
}

/** A virtualenv with nothing in it. */
export const EMPTY: Omit<VirtualenvSettings, 'path'> = {
  isInPlace: false,
  requirements: [],
  byEnvironment: undefined,
  pyproject: undefined,
  requireHashes: false,
  pythonRange: { lowest: 8 },
  interpreter: undefined,
  systemSitePackages: false,
  installer: 'pip',
  indexes: { main: undefined, extra: [] },
  wheels: [],
  offline: false,
  cache: undefined,
}

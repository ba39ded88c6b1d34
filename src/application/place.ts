import { posix } from 'node:path'
import type { Layout } from '../release/layout.js'
import type { Virtualenv } from '../virtualenv/virtualenv.js'

/** Where the application of a release is, and which environment it is for. */
export interface ApplicationPlace {
  /** Directory of the release, absolute. */
  readonly release: string
  /** The link to the live release, absolute; it need not be there. */
  readonly live: string
  /** Directory for what all releases share, absolute. */
  readonly shared: string
  /** `production`, `staging`, … */
  readonly environment: string
  /** Python of the release's virtualenv, absolute; undefined where there is none. */
  readonly python: string | undefined
}

function pythonIn(directory: string, virtualenv: Virtualenv | undefined): string | undefined {
  return virtualenv && posix.join(directory, virtualenv.path, 'bin/python')
}

/** A release, or the live link, as the place of an application. */
export function releasePlace(
  { shared, live }: Layout,
  release: string,
  environment: string,
  virtualenv: Virtualenv | undefined,
): ApplicationPlace {
  return { release, live, shared, environment, python: pythonIn(release, virtualenv) }
}

/** A checkout as the place of an application: nothing is shared, the virtualenv is in it. */
export function checkoutPlace(
  directory: string,
  environment: string,
  virtualenv: Virtualenv | undefined,
): ApplicationPlace {
  const python = pythonIn(directory, virtualenv)
  return { release: directory, live: directory, shared: directory, environment, python }
}

/** True on a developer's machine, where nothing is shared between releases. */
export function isCheckout({ release, shared }: ApplicationPlace): boolean {
  return release === shared
}

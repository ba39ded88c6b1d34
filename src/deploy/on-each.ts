import type { Script } from '../command/script.js'
import type { Host } from '../host/host.js'
import type { Layout } from '../release/layout.js'
import { Release } from '../release/release.js'

/** A project, and the hosts that have it. The options of a deploy will do. */
export interface ProjectOptions {
  readonly project: string
  readonly hosts: readonly Host[]
  /** @defaultValue `Release.under('/var/django')` */
  readonly release?: Release
}

/** What a host said. */
export interface Said<T> {
  /** The host, as it was named in the options. */
  readonly host: string
  readonly value: T
}

/** Gives work on a host a session of its own, and hangs up afterwards if it was not connected before. */
export async function withOwnSession<T>(original: Host, work: (host: Host) => Promise<T>): Promise<T> {
  const loan = original.lend()
  try {
    return await work(loan.host)
  } finally {
    await loan.giveBack()
  }
}

/** Where everything of a project is, on each of its hosts. */
export function layoutOf({ project, release }: ProjectOptions): Layout {
  return (release ?? Release.under('/var/django')).layoutOf(project)
}

/** Performs a script on a host, in a session of its own. */
export function performOnce<T>(
  original: Host,
  options: ProjectOptions,
  make: (layout: Layout) => Script<T>,
): Promise<Said<T>> {
  return withOwnSession(original, async host => ({
    host: host.name,
    value: await host.perform(make(layoutOf(options))),
  }))
}

/** Performs a script on all hosts at once. */
export function performOnEach<T>(
  options: ProjectOptions,
  make: (layout: Layout) => Script<T>,
): Promise<readonly Said<T>[]> {
  return Promise.all(options.hosts.map(host => performOnce(host, options, make)))
}

/** The hosts by their names: those who want several of them, one after the other, never wait for each other. */
export function inTurn<T extends { readonly name: string }>(hosts: readonly T[]): readonly T[] {
  return hosts.toSorted((one, other) => (one.name < other.name ? -1 : 1))
}

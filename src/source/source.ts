import type { Command } from '../command/command.js'
import type { Script } from '../command/script.js'

/** A commit, or what the source's version control calls one. */
export interface Commit {
  readonly revision: string
  readonly author: string
  /** First line of its message. */
  readonly subject: string
}

/** What was fetched. */
export interface Fetched {
  /** The full revision that the release now has. */
  readonly revision: string
  /** Commits that it has and `since` had not, the newest first; 100 at most. */
  readonly commits: readonly Commit[]
}

/** Where a source puts a release, and what it may keep between releases. */
export interface FetchPlace {
  /** Empty directory of the release. */
  readonly release: string
  /** Directory for a mirror that all releases share; made if need be. */
  readonly mirror: string
  /** Revision of the live release, to tell which commits are new. */
  readonly since?: string | undefined
}

/** A way to bring the code of a release to a server. */
export interface Source {
  /** What is deployed, for people: `main of git@…`. */
  readonly title: string
  readonly url: string
  /** The branch to be deployed, if it is a branch. */
  readonly chosenBranch: string | undefined
  /** Brings the code of the chosen branch, tag or revision into a release. */
  fetch(place: FetchPlace): Script<Fetched>
  /**
   * Asks for files that were changed by hand in a release: a line each, nothing when there are none.
   *
   * @param ours - paths in it that deploys make, which do not count
   */
  localChanges(release: string, ours: readonly string[]): Command
}

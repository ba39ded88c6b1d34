import type { Command } from '../command/command.js'
import type { Program } from '../command/program.js'
import type { Script } from '../command/script.js'
import type { Host } from '../host/host.js'
import type { TransferProgress } from '../host/transfer/transfer-options.js'

/** A commit, or what the source's version control calls one. */
export interface Commit {
  /** As {@link Source} can be told to deploy it. */
  readonly revision: string
  readonly author: string
  /** When it was made, ISO 8601. */
  readonly date: string
  /** First line of its message. */
  readonly subject: string
}

/** What was fetched. */
export interface Fetched {
  /** The full revision that the release now has. */
  readonly revision: string
  /** Commits that it has and `since` had not, the newest first; 100 at most. */
  readonly commits: readonly Commit[]
  /** What people should know, although it was fetched. @defaultValue none */
  readonly warnings?: readonly string[]
}

/** Where a source puts a release, and what it may keep between releases. */
export interface FetchPlace {
  /** Empty directory of the release, absolute. */
  readonly release: string
  /** Directory for what all releases share, absolute; made if need be. What another source left in it can go. */
  readonly mirror: string
  /** A mirror of the same source, which may be read, but stays as it is. @defaultValue none */
  readonly lender?: string
  /** Revision of the live release, to tell which commits are new. */
  readonly since?: string | undefined
  /** Is told how far an upload is, if there is one. */
  readonly onProgress?: (progress: TransferProgress) => void
}

/**
 * A way to bring the code of a release to a server. What has no branches, or is the same for all environments,
 * leaves the methods with a question mark out.
 */
export interface Source {
  /** What is deployed, for people: `branch main of git@…`. */
  readonly title: string
  readonly url: string
  /** The branch to be deployed, if it is a branch. */
  readonly chosenBranch: string | undefined
  /** Programs that it needs on the server: a deploy to one without them fails before anything is changed. @defaultValue none */
  readonly needs?: readonly Program[]
  /** The same source at another branch. */
  branch?(name: string): Source
  /** The same source, as it is to be deployed to an environment. */
  forEnvironment?(environment: string): Source
  /** Brings to the host what is on this machine only, and returns the source that is to be fetched there then. */
  upload?(host: Host, place: FetchPlace): Promise<Source>
  /** Lets go of what {@link Source.upload} prepared; called when a deploy has ended. */
  close?(): Promise<void>
  /** Notes what is in a release, once it is complete: where no version control could tell what was changed later. */
  seal?(release: string): Command
  /** Brings the code of the chosen branch, tag or revision into a release. */
  fetch(place: FetchPlace): Script<Fetched>
  /** Asks which revision a release has; undefined if nobody can tell. */
  revisionOf(release: string): Script<string | undefined>
  /**
   * Asks for the commits of a release, the newest first; 100 at most.
   *
   * @param since - a revision: only those that it had not
   */
  log(release: string, since?: string): Script<readonly Commit[]>
  /**
   * Asks for files that were changed by hand in a release: a line each, nothing when there are none.
   *
   * @param ours - paths in it that deploys make, which do not count
   */
  localChanges(release: string, ours: readonly string[]): Command
}

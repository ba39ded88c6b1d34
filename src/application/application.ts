import type { Command } from '../command/command.js'
import type { Script } from '../command/script.js'

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

/** What an application needs of a deploy. */
export interface Application {
  /** What it is, for people: `Django in django/website`. */
  readonly title: string
  /** Paths that it makes in a release, relative to it: what differs there was not changed by hand. */
  readonly ownPaths: readonly string[]
  /** Puts its settings for the environment in force, and makes those that are private to the machine once. */
  linkSettings(place: ApplicationPlace): Script<{ readonly changed: boolean; readonly reason: string }>
  /**
   * Prints the credentials of its database; see {@link Credentials}.
   *
   * @param alias - which of its databases. @defaultValue `default`
   */
  databaseCredentials(place: ApplicationPlace, alias?: string): Command
  /** Names of migrations that the release has and the database has not, in the order in which they will run. */
  pendingMigrations(place: ApplicationPlace): Script<readonly string[]>
  /** The same, as a command that changes nothing: it fails if something else has to be made first. */
  lookAtMigrations(place: ApplicationPlace): Script<readonly string[]>
  /** Brings the database to what the release needs. */
  migrate(place: ApplicationPlace): Command
  /**
   * Names of migrations that the database has and another release does not know, in the order in which they would be
   * taken back with this release's code. Fails with {@link ReleaseError} if one of them cannot be taken back.
   *
   * Left out by an application that cannot take migrations back.
   */
  migrationsBeyond?(place: ApplicationPlace, other: ApplicationPlace): Script<readonly string[]>
  /** Takes these migrations back, with this release's code. */
  migrateBack?(place: ApplicationPlace, other: ApplicationPlace): Command
  /** Collects what the web server serves by itself; says what it did. */
  collectAssets(place: ApplicationPlace): Script<string>
  /** Asks what is wrong with the settings, as warnings. Left out by an application that has no such checks. */
  checks?(place: ApplicationPlace): Script<readonly string[]>
  /** The file whose touch reloads the application under the web server, relative to the release. */
  readonly entry: string | undefined
}

import type { Command } from '../command/command.js'
import type { Program } from '../command/program.js'
import type { Script } from '../command/script.js'
import type { ApplicationPlace } from './place.js'
import type { SettingsResult, SettingsStyle } from './settings-style.js'

/** What was done for the files that an application does not have in its repository. */
export interface AssetsResult {
  readonly changed: boolean
  readonly reason: string
  readonly warnings?: readonly string[]
}

/** What an application needs of a deploy. */
export interface Application {
  /** What it is, for people: `Django in django/website`. */
  readonly title: string
  /** Directory of its code, relative to the release. @defaultValue the release itself */
  readonly path?: string
  /** Paths that it makes in a release, relative to it: what differs there was not changed by hand. */
  readonly ownPaths: readonly string[]
  /** Programs that it needs on the server: a deploy to one without them fails before anything is changed. @defaultValue none */
  readonly needs?: readonly Program[]
  /** How its settings come into a release, and into a checkout. Left out by an application without such. */
  readonly settings?: SettingsStyle
  /** Puts its settings for the environment in force, and makes those that are private to the machine once. */
  linkSettings(place: ApplicationPlace): Script<SettingsResult>
  /** Prints the name of the user that it runs as. Undefined if that is who deploys. */
  readonly userCommand?: Command | undefined
  /** Makes directories those of the user that it runs as, who writes into them. Left out if that is who deploys. */
  giveDirectories?(directories: readonly string[]): Command
  /**
   * Prints the credentials of its database; see {@link Credentials}. Left out by one that cannot tell: then the options do.
   *
   * @param alias - which of its databases. @defaultValue `default`
   */
  databaseCredentials?(place: ApplicationPlace, alias?: string): Command
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
  /** Collects what the web server serves by itself, and what others have made; warns of what is wrong with the settings. */
  collectAssets(place: ApplicationPlace): Script<AssetsResult>
  /** A command of its own, as a value. Left out by an application that has none. */
  manage?(place: ApplicationPlace, ...words: readonly string[]): Command
  /** The file whose touch reloads the application under the web server, relative to the release. */
  readonly entry: string | undefined
}

import type { Command } from '../command/command.js'
import type { Program } from '../command/program.js'
import type { Script } from '../command/script.js'
import { Apache } from './apache.js'
import type { HealthTalk } from './health-check.js'
import { Nginx } from './nginx.js'
import type { Site } from './site.js'
import type { WebServerService } from './web-server-service.js'

/** Where a site is, whatever release of it. All paths are absolute. */
export interface SiteHome {
  readonly project: string
  /** The project's home. */
  readonly root: string
  /** The link to the live release; the web server's configuration names paths through it. */
  readonly live: string
  /** Directory for what a web server keeps of the site. */
  readonly state: string
  /** While this file exists, the maintenance page is served. */
  readonly maintenance: string
}

/** Where a site is, as far as its web server is concerned. All paths are absolute. */
export interface SitePlace extends SiteHome {
  /** `production`, `staging`, …. */
  readonly environment: string
  /** Directory of the release that the deploy is about. */
  readonly release: string
  /** The file whose touch reloads the application, relative to a release. */
  readonly entry: string | undefined
  /** The virtualenv, relative to a release; undefined where there is none. */
  readonly virtualenv: string | undefined
  /** The link to the socket of the application's own server: that of the release that is live. */
  readonly socket: string | undefined
  /** Prints the name of the user that the application runs as. Undefined if that is who deploys. */
  readonly user: Command | undefined
}

/** What a test of the new configuration found. */
export interface ConfigurationTest {
  /** True if the server has to read its configuration anew to serve this release. */
  readonly changed: boolean
  /** What is wrong with it, though it can be used. */
  readonly warnings?: readonly string[]
}

/** A web server that serves a site. */
export interface WebServer {
  /** What it is, for people: `Apache with apache/production.conf`. */
  readonly title: string
  /** The server itself, with all its sites. Left out by one that is not a service. */
  readonly service?: WebServerService
  /** Paths that it makes in a release, relative to it: what differs there was not changed by hand. */
  readonly ownPaths?: readonly string[]
  /** Programs that it needs on the server: a deploy to one without them fails before anything is changed. @defaultValue none */
  readonly needs?: readonly Program[]
  /**
   * Calls the shell function `may` with each command that a deploy runs as root for it; names of temporary directories are
   * `/tmp/tmp.0`. Nothing is run. Left out by one that needs no root.
   */
  rootCommands?(site: SiteHome): Command
  /** Tests the configuration of the new release together with all others, and touches none. */
  testConfiguration(site: SitePlace): Script<ConfigurationTest>
  /**
   * Lets what has loaded the live release stay in it when the link is switched, until the server is reloaded with a
   * changed configuration. Left out by one that does so anyway.
   */
  stay?(site: SitePlace): Command
  /** Makes it serve what the live link points at, without refusing a request. */
  reload(site: SitePlace, configurationChanged: boolean): Command
  /** Takes the site out, after a test of what is left; a reload puts it back. Left out by one that cannot. */
  disable?(site: SitePlace): Command
  /**
   * Asks the site for a page, on the server, past the maintenance page; fails unless it answers well in time. A function
   * is for what takes several round trips.
   */
  checkHealth(site: SitePlace): Script<string> | HealthTalk
  /**
   * The project's maintenance page: a file, relative to a release. While a site is off, that of the release which was
   * live is at {@link SiteHome.maintenance} with `.html` after it, if that had one.
   */
  readonly maintenanceFile?: string | undefined
  /**
   * For a site that is off: makes sure that it is, then puts what the live release has for that time in its place, if it
   * has something. Until that is in force, and if it cannot be used, the maintenance page is shown; it prints why then, and does not fail.
   */
  closeSite?(site: SiteHome): Command
  /** Puts the site back in its place, if something else is there; the maintenance page is shown from then on. */
  openSite?(site: SiteHome): Command
}

/** The web servers that a site can have. */
export const WebServer = {
  /**
   * Apache, as Debian or Red Hat lays it out.
   *
   * @param configuration - file with the site's virtual host, relative to the release, or the site for which it is made
   * @throws {@link OptionError} for a site that Apache cannot have
   */
  apache: (configuration: string | Site): Apache => Apache.of(configuration),
  /**
   * nginx.
   *
   * @param configuration - file with the site's `server` blocks, relative to the release, or the site for which they are made
   * @throws {@link OptionError} for a site that nginx cannot have
   */
  nginx: (configuration: string | Site): Nginx => Nginx.of(configuration),
} as const

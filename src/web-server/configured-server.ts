import { posix } from 'node:path'
import { ask, type Command } from '../command/command.js'
import type { Program } from '../command/program.js'
import { mapped, type Script, script, together } from '../command/script.js'
import { ConfigurationError } from '../errors/configuration-error.js'
import { type Configuration, MADE } from './configuration.js'
import { checkedAddresses, checkedPage, pageMissing } from './guard.js'
import { type HealthOptions, type HealthWish, healthWish } from './health-check.js'
import type { ConfigurationTest, SitePlace } from './web-server.js'

/** What is known of a site and its web server. */
export interface ServerSettings {
  readonly configuration: Configuration
  readonly health: HealthWish
  readonly allowed: readonly string[]
  /** The maintenance page, if it is not where the convention has it. */
  readonly page?: string
}

/** What has not been said about a site. */
export const unsaid = { health: { options: {} }, allowed: [] } satisfies Partial<ServerSettings>

/** What the scripts for all web servers use: of the processes, of files, and of the site, which is asked whether it is well. */
const COMMON: readonly Program[] = [
  { names: ['pgrep'], package: 'procps' },
  { names: ['cmp'], package: 'diffutils' },
  { names: ['curl', 'python3'], title: 'curl', package: 'curl' },
]

/** A web server with a configuration for the site: what Apache and nginx have in common. */
export abstract class ConfiguredServer {
  /** @internal */
  protected constructor(
    /** @internal */
    protected readonly settings: ServerSettings,
    /** @internal What it is, for people: `nginx`. */
    protected readonly program: string,
  ) {
    Object.freeze(settings)
  }

  /**
   * What is asked for to see whether the site is well; the request goes to the server itself.
   *
   * @param url - @defaultValue `/` of the first name in the configuration: of nginx by https if that is where it is, of Apache by http
   * @throws {@link OptionError} for what is not a URL
   */
  check(url: string, options: HealthOptions = {}): this {
    return this.with({ health: healthWish(url, options) })
  }

  /**
   * Who sees the site while it is off, and no maintenance page.
   *
   * @param addresses - IP addresses, or networks such as `192.0.2.0/24`
   * @throws {@link OptionError} for what is not an address
   */
  allow(...addresses: readonly string[]): this {
    return this.with({ allowed: checkedAddresses(addresses) })
  }

  /**
   * Makes the file a template, in which `{{ name }}` is replaced. Values are plain text. There are `project`, `environment`,
   * `root` (the project's home), `live` (the link to the live release), `virtualenv`, `socket` (that of the first AppServer),
   * `user` and `group` of the application, too.
   *
   * @throws {@link OptionError} for a value with a line break, and for a configuration that is no file
   * @example
   * ```ts
   * const webServer = WebServer.nginx('nginx/site.conf.in').variables({ name: 'carers.example.org' })
   * ```
   */
  variables(values: Readonly<Record<string, string | number>>): this {
    return this.with({ configuration: this.settings.configuration.withVariables(values) })
  }

  /**
   * The page that visitors see while the site is off: a file of the release that is live then, in one piece, with its
   * styles and pictures in it. It is served at every path with status 503, `Retry-After` and `no-store`.
   *
   * A configuration of the project's own, `production-maintenance.conf` beside `production.conf`, takes the site's place
   * instead: once the site is off, for all visitors, whoever is allowed to see the site. nginx is reloaded for that. Apache has to be restarted
   * gracefully, twice, by which mod_wsgi starts anew, for other sites of the server, too, and has three seconds for what it
   * has begun.
   *
   * @param file - relative to the release. @defaultValue `production-maintenance.html`, beside `production.conf`, if there is one
   * @throws {@link OptionError} for what is not a file of a release
   */
  maintenancePage(file: string): this {
    return this.with({ page: checkedPage(file) })
  }

  /** What it is, for people: `nginx with nginx/production.conf`. */
  get title(): string {
    return `${this.program} with ${this.settings.configuration.title}`
  }

  /** Files that deploys make in a release, relative to it. */
  get ownPaths(): readonly string[] {
    return [MADE]
  }

  /** Programs that it needs on the server. */
  get needs(): readonly Program[] {
    return [this.daemon, ...COMMON]
  }

  /** The project's maintenance page, relative to a release. */
  get maintenanceFile(): string | undefined {
    const { configuration, page } = this.settings
    return page ?? configuration.beside?.page
  }

  /** @internal The program that serves. */
  protected abstract readonly daemon: Program

  /** @internal The same server, of which something else is known. */
  protected abstract with(changes: Partial<ServerSettings>): this

  /**
   * @internal Puts the configuration together, then tests it.
   *
   * @param inForce - prints the configuration in force, as a release would have it
   * @param test - prints `same` or `changed`, and fails with what is refused
   */
  protected tested(site: SitePlace, inForce: Command, test: Command): Script<ConfigurationTest> {
    const { configuration, page } = this.settings
    const pageThere =
      page === undefined ? ask`:` : ask`[ -f ${posix.join(site.release, page)} ] || echo ${pageMissing(page)}`
    const judged = script(
      [
        ask`${test}
      ${pageThere}`.withStdin(this.guardConfiguration(site)),
      ],
      ([{ lines }]) => ({ changed: lines[0] === 'changed', warnings: lines.slice(1) }),
      failure =>
        new ConfigurationError({
          what: `use ${configuration.title}`,
          host: failure.host,
          why: `${this.program} refuses it`,
          output: failure.stderr,
          remedy: 'the site has not been touched. Correct the file and deploy again.',
        }),
    )
    return mapped(together(configuration.prepared(site, inForce), judged), ([, found]) => found)
  }

  /** @internal The text of what shows the maintenance page. */
  protected abstract guardConfiguration(site: SitePlace): string
}

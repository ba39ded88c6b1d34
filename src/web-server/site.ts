import { OptionError } from '../errors/option-error.js'
import type { AppServer } from '../service/app-server.js'
import { apacheSite } from './apache-site.js'
import { nginxSite } from './nginx-site.js'
import {
  bytesOf,
  checkedAbsolute,
  checkedAddress,
  checkedCount,
  checkedInside,
  checkedNames,
  checkedPlace,
  checkedUrlPath,
  checkedWsgi,
  secondsOf,
} from './site-checks.js'
import {
  type FilesOptions,
  type ListenOptions,
  originOf,
  type SiteSettings,
  type SiteTextPlace,
  type WsgiOptions,
} from './site-settings.js'

/**
 * A site whose configuration is made out of what it is told here, for nginx or Apache. A description: it does nothing by
 * itself, and each method returns a changed copy.
 *
 * What is made is sound as it is: with a certificate everything comes by https, TLS 1.2 and 1.3; paths that begin with a dot
 * are refused; types of files are not guessed; text is compressed; the application is told who asks, and how. Apache has to
 * have the modules that it takes, and says which one is missing: headers always, ssl for a certificate, wsgi, or proxy
 * and proxy_http, or proxy and proxy_fcgi.
 *
 * Which versions of TLS are taken on a port is up to the first of all sites there, as nginx sees it.
 *
 * @example
 * ```ts
 * const site = Site.named('carers.example.org', 'www.carers.example.org')
 *   .files('/static/', 'django/website/static', { hashed: true })
 *   .upstream(AppServer.gunicorn('wsgi:application'))
 * ```
 */
export class Site {
  readonly #settings: SiteSettings

  private constructor(settings: SiteSettings) {
    this.#settings = Object.freeze(settings)
  }

  /**
   * A site with one or more names.
   *
   * @throws {@link OptionError} for what is not a name
   */
  static named(first: string, ...others: readonly string[]): Site {
    return new Site({
      names: checkedNames([first, ...others]),
      files: [],
      isCanonical: false,
      maxBody: bytesOf('10m'),
      challenges: '/var/www/letsencrypt',
      ports: { http: 80, https: 443, ipv6: true },
    })
  }

  /**
   * Serves it by https, with a certificate for all its names; http leads there.
   *
   * @param chain - file with the certificate and those that vouch for it, an absolute path on the server
   * @param key - file with its private key
   * @throws {@link OptionError} for what is not an absolute path
   */
  certificate(chain: string, key: string): Site {
    return this.#with({ certificate: { chain: checkedAbsolute(chain), key: checkedAbsolute(key) } })
  }

  /**
   * The webroot of ACME: what a client such as certbot puts below it is always answered by http, so that a certificate can
   * be had before there is one.
   *
   * @defaultValue `/var/www/letsencrypt`
   */
  challenges(webroot: string): Site {
    return this.#with({ challenges: checkedAbsolute(webroot) })
  }

  /**
   * Files that are served as they are, and never run. Paths lead through the live link: a switch needs no reload.
   *
   * @param url - `/static/` for a directory, `/favicon.ico` for one file
   * @param path - relative to the release
   * @throws {@link OptionError} for paths that cannot be used
   */
  files(url: string, path: string, options: FilesOptions = {}): Site {
    const { maxAge = '1h', hashed = false } = options
    const more = { url: checkedUrlPath(url), path: checkedInside(path), maxAge: secondsOf(maxAge), hashed }
    return this.#with({ files: [...this.#settings.files.filter(each => each.url !== url), more] })
  }

  /**
   * A server of the application's own answers.
   *
   * @param server - of the deploy's processes, or where another one listens: `http://127.0.0.1:8000`, `unix:/run/site.sock`
   * @throws {@link OptionError} for what is not an address
   */
  upstream(server: AppServer | string): Site {
    const checked = typeof server === 'string' ? checkedAddress(server, ['http', 'unix']) : server
    return this.#with({ answerer: { kind: 'upstream', server: checked } })
  }

  /**
   * A WSGI application answers, which Apache runs by mod_wsgi.
   *
   * @param script - relative to the release
   * @throws {@link OptionError} for options that cannot be used
   */
  wsgi(script: string, options: WsgiOptions = {}): Site {
    return this.#with({
      answerer: { kind: 'wsgi', script: checkedInside(script), options: checkedWsgi(options) },
    })
  }

  /**
   * PHP answers: `index.php` to all that is no file. nginx names scripts by the release's own path.
   *
   * @param directory - that of `index.php`, relative to the release. What visitors have put there is to be named by `files()`, so that it
   * is not run
   * @param server - PHP-FPM. @defaultValue the pool of `AppServer.phpFpm()`
   * @throws {@link OptionError} for paths that cannot be used
   */
  php(directory: string, server?: AppServer | string): Site {
    const checked = typeof server === 'string' ? checkedAddress(server, ['unix']) : server
    return this.#with({ answerer: { kind: 'php', directory: checkedInside(directory), server: checked } })
  }

  /**
   * Tells browsers to come by https only from now on. There is no way back before the days are over.
   *
   * @param days - @defaultValue 365
   */
  hsts(days = 365): Site {
    return this.#with({ hstsDays: checkedCount(days, 1, 3650, 'a number of days') })
  }

  /** Further names lead to the first one. @defaultValue they all are the site's */
  canonical(): Site {
    return this.#with({ isCanonical: true })
  }

  /** The most that visitors may send at once: `20m`. @defaultValue `10m` */
  maxBody(size: string): Site {
    return this.#with({ maxBody: bytesOf(size) })
  }

  /** Other ports than the usual ones. */
  listen(options: ListenOptions): Site {
    const ports = { ...this.#settings.ports, ...options }
    for (const port of [ports.http, ports.https]) checkedCount(port, 1, 65_535, 'a port')
    return this.#with({ ports })
  }

  /** What it is, for people: `the site carers.example.org`. */
  get title(): string {
    return `the site ${this.#settings.names[0]}`
  }

  /** Its start page: `https://carers.example.org/`. */
  get url(): string {
    return `${originOf(this.#settings, this.#settings.names[0])}/`
  }

  /**
   * The text of its configuration for nginx.
   *
   * @throws {@link OptionError} for what nginx cannot do
   * @example
   * ```ts
   * console.log(site.nginx({ project: 'carers', live: '/var/django/carers/dev' }))
   * ```
   */
  nginx(place: SiteTextPlace): string {
    return nginxSite(this.#checked, checkedPlace(place))
  }

  /** The text of its configuration for Apache. */
  apache(place: SiteTextPlace): string {
    return apacheSite(this.#checked, checkedPlace(place))
  }

  /** @internal Origins that Apache asks, whose answers are the site's: besides the project's own sockets. */
  get origins(): readonly string[] {
    const { answerer } = this.#settings
    if (answerer?.kind !== 'upstream' || typeof answerer.server !== 'string') return []
    return answerer.server.startsWith('unix:') ? [] : [answerer.server]
  }

  get #checked(): SiteSettings {
    const { hstsDays, certificate } = this.#settings
    if (hstsDays === undefined || certificate) return this.#settings
    throw new OptionError('webServer', `${this.title} cannot be had by https only without a certificate`)
  }

  #with(changes: Partial<SiteSettings>): Site {
    return new Site({ ...this.#settings, ...changes })
  }
}

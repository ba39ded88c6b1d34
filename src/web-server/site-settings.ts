import type { AppServer } from '../service/app-server.js'
import type { Duration } from '../support/clock.js'

/** How files are served. */
export interface FilesOptions {
  /** How long browsers may keep a file before they ask whether it has changed. @defaultValue `1h` */
  readonly maxAge?: Duration
  /**
   * True: a name with a hash in it, such as `site.0a1b2c3d4e5f.css`, is for ever the same file. Browsers keep it for a year,
   * and do not ask. @defaultValue false
   */
  readonly hashed?: boolean
}

/** How Apache runs a WSGI application. */
export interface WsgiOptions {
  /** @defaultValue 2 */
  readonly processes?: number
  /** Threads of each process. @defaultValue 5 */
  readonly threads?: number
  /** User that they run as. @defaultValue that of the application, else who deploys */
  readonly user?: string
  /** Group that they run as. @defaultValue that of the application's user; with a `user` of your own that of Apache */
  readonly group?: string
  /** Virtualenv, relative to the release. @defaultValue that of the deploy */
  readonly virtualenv?: string
  /** More options of `WSGIDaemonProcess`, such as `{ 'request-timeout': 60 }`. @defaultValue none */
  readonly more?: Readonly<Record<string, string | number>>
}

/** Where a site listens. */
export interface ListenOptions {
  /** @defaultValue 80 */
  readonly http?: number
  /** The port for a site with a certificate. @defaultValue 443 */
  readonly https?: number
  /** False: not by IPv6; of nginx, Apache listens where its own configuration says. @defaultValue true */
  readonly ipv6?: boolean
}

/** What the text of a site's configuration depends on, besides the site. */
export interface SiteTextPlace {
  readonly project: string
  /** The link to the live release, an absolute path. */
  readonly live: string
  /** Virtualenv, relative to the release. @defaultValue none */
  readonly virtualenv?: string | undefined
  /** User that a WSGI application runs as. @defaultValue that of Apache */
  readonly user?: string
  /** Group of that user. */
  readonly group?: string
}

/** Files that are served as they are. */
export interface SiteFiles {
  /** A directory's if it ends in `/`, else that of one file. */
  readonly url: string
  /** Relative to the release. */
  readonly path: string
  /** In seconds. */
  readonly maxAge: number
  readonly hashed: boolean
}

/** What answers to all that is no file. */
export type SiteAnswerer =
  | { readonly kind: 'upstream'; readonly server: AppServer | string }
  | { readonly kind: 'wsgi'; readonly script: string; readonly options: WsgiOptions }
  | { readonly kind: 'php'; readonly directory: string; readonly server: AppServer | string | undefined }

/** All that a site has been told. */
export interface SiteSettings {
  readonly names: readonly [string, ...string[]]
  readonly certificate?: { readonly chain: string; readonly key: string }
  readonly files: readonly SiteFiles[]
  readonly answerer?: SiteAnswerer
  readonly hstsDays?: number
  readonly isCanonical: boolean
  /** In bytes. */
  readonly maxBody: number
  /** Webroot of ACME's challenges. */
  readonly challenges: string
  readonly ports: Required<ListenOptions>
}

/** Matches the end of a path whose name has a hash in it, eight hexadecimal digits or more. */
export const HASHED_NAME = '[.-][0-9a-f]{8,}[.][^/]+$'

/** Matches a path with a part that begins with a dot, but for what is public by definition. */
export const DOT_PATH = '/[.](?!well-known/)'

/** Path of ACME's challenges, below the webroot too. */
export const CHALLENGES = '/.well-known/acme-challenge/'

/** TLS 1.2 and 1.3, with what all browsers of the last ten years can: Mozilla's intermediate set. */
export const CIPHERS = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':')

/** Types of text that are worth compressing, besides HTML. */
export const TEXT_TYPES = [
  ...['text/plain', 'text/css', 'text/csv', 'text/xml', 'text/javascript', 'application/javascript'],
  ...[
    'application/json',
    'application/manifest+json',
    'application/xml',
    'application/rss+xml',
    'image/svg+xml',
  ],
]

/** Scheme, name and port that a site is reached at, without a path. */
export function originOf({ certificate, ports }: SiteSettings, name: string): string {
  const [scheme, port, usual] = certificate ? ['https', ports.https, 443] : ['http', ports.http, 80]
  return `${scheme}://${name}${port === usual ? '' : `:${port}`}`
}

/** Which names the site itself has, and which lead to the first one. */
export function namesOf({ names, isCanonical }: SiteSettings): {
  readonly own: readonly string[]
  readonly leading: readonly string[]
} {
  const [first, ...others] = names
  return isCanonical ? { own: [first], leading: others } : { own: names, leading: [] }
}

/** Where a server of the application's own listens, as nginx and Apache both name it. */
export function addressOf(server: AppServer | string, project: string): string {
  return typeof server === 'string' ? server : `unix:${server.socketOf(project)}`
}

/** What browsers are told of how long they may keep files. */
export function cacheControl({ maxAge }: SiteFiles): string {
  return `public, max-age=${maxAge}`
}

/** The same of files that never change. */
export const IMMUTABLE = 'public, max-age=31536000, immutable'

/** The header by which browsers come by https only from now on. */
export function hstsOf({ hstsDays }: SiteSettings): string | undefined {
  return hstsDays === undefined ? undefined : `max-age=${hstsDays * 86_400}`
}

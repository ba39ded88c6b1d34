import { posix } from 'node:path'
import {
  addressOf,
  CHALLENGES,
  CIPHERS,
  cacheControl,
  DOT_PATH,
  HASHED_NAME,
  hstsOf,
  IMMUTABLE,
  namesOf,
  originOf,
  type SiteSettings,
  type SiteTextPlace,
  TEXT_TYPES,
  type WsgiOptions,
} from './site-settings.js'

type Lines = readonly string[]

const section = (name: string, argument: string, ...lines: readonly (string | Lines)[]): Lines => [
  `<${name} ${argument}>`,
  ...lines.flat().map(line => `  ${line}`),
  `</${name}>`,
]

/** Where Debian's Apache has its logs, and where that of Red Hat. */
const LOGS = ['/var/log/apache2', '/var/log/httpd']

/** The logs of errors that Apache keeps for a site; one of them is there. */
export const apacheErrorLogs = (project: string): Lines => LOGS.map(each => `${each}/${project}-error.log`)

/** The address by which Apache knows a socket of the project; the maintenance page is for what it is asked for. */
export const socketOrigin = (project: string) => `http://dye-${project}`

const modulesOf = ({ certificate, answerer }: SiteSettings): Lines => [
  'headers',
  ...(certificate ? ['ssl'] : []),
  ...(answerer?.kind === 'wsgi' ? ['wsgi'] : []),
  ...(answerer?.kind === 'upstream' ? ['proxy', 'proxy_http'] : []),
  ...(answerer?.kind === 'php' ? ['proxy', 'proxy_fcgi'] : []),
]

const nameLines = ([first = '', ...others]: readonly string[]): Lines => [
  `ServerName ${first}`,
  ...(others.length > 0 ? [`ServerAlias ${others.join(' ')}`] : []),
]

const everywhere = (project: string): Lines => [
  'ServerSignature Off',
  ...LOGS.flatMap(directory =>
    section('IfFile', `"${directory}"`, [
      `ErrorLog "${directory}/${project}-error.log"`,
      `CustomLog "${directory}/${project}-access.log" combined`,
    ]),
  ),
]

function tls({ certificate }: SiteSettings): Lines {
  if (!certificate) return []
  return [
    'SSLEngine on',
    `SSLCertificateFile "${certificate.chain}"`,
    `SSLCertificateKeyFile "${certificate.key}"`,
    'SSLProtocol -all +TLSv1.2 +TLSv1.3',
    `SSLCipherSuite ${CIPHERS}`,
    'SSLHonorCipherOrder off',
    'SSLSessionTickets off',
    ...section('IfModule', 'http2_module', 'Protocols h2 http/1.1'),
  ]
}

/** A header that the application may set, too, and yet stands there once. */
const onlyHeader = (name: string, value: string): Lines => [
  `Header onsuccess unset ${name}`,
  `Header always set ${name} "${value}"`,
]

function headers(settings: SiteSettings): Lines {
  const hsts = hstsOf(settings)
  return [
    ...onlyHeader('X-Content-Type-Options', 'nosniff'),
    ...(hsts ? onlyHeader('Strict-Transport-Security', hsts) : []),
    `RequestHeader set X-Forwarded-Proto "${settings.certificate ? 'https' : 'http'}"`,
  ]
}

const SERVED: Lines = ['Require all granted', 'Options FollowSymLinks', 'AllowOverride None']

/** What is not there is not the application's to answer. */
const NO_FALLBACK = 'FallbackResource disabled'

/** Whatever other sites do with such names: it is a file, and never run. */
const NEVER_RUN = section('FilesMatch', '"[.][^./]+$"', 'SetHandler default-handler')

const keep = (how: string) => `Header set Cache-Control "${how}"`

function filesOf({ files }: SiteSettings, live: string): Lines {
  const longestFirst = files.toSorted((one, other) => other.url.length - one.url.length)
  return longestFirst.flatMap(each => {
    const path = posix.join(live, each.path)
    if (!each.url.endsWith('/')) {
      const how = each.hashed ? IMMUTABLE : cacheControl(each)
      const file = section(
        'Files',
        `"${posix.basename(path)}"`,
        [...SERVED.slice(0, 1), keep(how)],
        'SetHandler default-handler',
      )
      return [`Alias "${each.url}" "${path}"`, ...section('Directory', `"${posix.dirname(path)}"`, file)]
    }
    const hashed = each.hashed ? section('FilesMatch', `"${HASHED_NAME}"`, keep(IMMUTABLE)) : []
    return [
      `Alias "${each.url}" "${posix.join(path, '/')}"`,
      ...section('Directory', `"${path}"`, SERVED, NO_FALLBACK, keep(cacheControl(each)), hashed, NEVER_RUN),
    ]
  })
}

function challenges({ challenges: root }: SiteSettings): Lines {
  const directory = posix.join(root, CHALLENGES)
  return [
    `Alias "${CHALLENGES}" "${directory}"`,
    ...section('Directory', `"${directory.slice(0, -1)}"`, SERVED, NEVER_RUN),
  ]
}

function wsgi(script: string, options: WsgiOptions, place: SiteTextPlace): Lines {
  const { processes = 2, threads = 5, virtualenv = place.virtualenv, more = {} } = options
  const user = options.user ?? place.user
  const group = options.group ?? (options.user === undefined ? place.group : undefined)
  const path = posix.join(place.live, script)
  const words = Object.entries({
    processes,
    threads,
    'display-name': '%{GROUP}',
    lang: 'C.UTF-8',
    locale: 'C.UTF-8',
    ...(user !== undefined && { user }),
    ...(group !== undefined && { group }),
    ...(virtualenv !== undefined && { 'python-home': posix.join(place.live, virtualenv) }),
    ...more,
  }).map(([name, value]) => ` ${name}=${value}`)
  const file = section('Files', `"${posix.basename(path)}"`, 'Require all granted')
  return [
    `WSGIDaemonProcess ${place.project}${words.join('')}`,
    `WSGIProcessGroup ${place.project}`,
    'WSGIApplicationGroup %{GLOBAL}',
    `WSGIScriptAlias / "${path}"`,
    ...section('Directory', `"${posix.dirname(path)}"`, file),
  ]
}

function answererOf({ answerer, files }: SiteSettings, place: SiteTextPlace): Lines {
  const { project, live } = place
  if (answerer === undefined) return []
  if (answerer.kind === 'wsgi') return wsgi(answerer.script, answerer.options, place)
  if (answerer.kind === 'upstream') {
    const address = addressOf(answerer.server, project)
    const target = address.startsWith('unix:') ? `${address}|${socketOrigin(project)}` : address
    const own = [CHALLENGES, ...files.map(({ url }) => url)].map(url => `ProxyPass "${url}" "!"`)
    // a connection that is kept would go on to lead to the processes of an older release
    return ['ProxyPreserveHost On', ...own, `ProxyPass "/" "${target}/" disablereuse=on retry=0`]
  }
  const directory = posix.join(live, answerer.directory)
  const address = addressOf(answerer.server ?? `unix:/run/${project}/php-fpm.sock`, project)
  return [
    `DocumentRoot "${directory}"`,
    ...section(
      'Directory',
      `"${directory}"`,
      [...SERVED, 'DirectoryIndex index.php', 'FallbackResource /index.php'],
      section('FilesMatch', '"[.]php$"', `SetHandler "proxy:${address}|fcgi://dye-${project}"`),
    ),
  ]
}

/** The text of a site's configuration for Apache; its first virtual host is the site itself. */
export function apacheSite(settings: SiteSettings, place: SiteTextPlace): string {
  const { names, certificate, ports, maxBody } = settings
  const { project, live } = place
  const { own, leading } = namesOf(settings)
  const port = `*:${certificate ? ports.https : ports.http}`
  const wanted = modulesOf(settings).flatMap(each =>
    section('IfModule', `!${each}_module`, `Error "the site wants mod_${each}: a2enmod ${each}"`),
  )
  const acme = certificate ? [] : challenges(settings)
  const lead = (target: string) =>
    section('LocationMatch', `"^(?!${CHALLENGES.replace('.', '[.]')})"`, [
      'Require all granted',
      `Redirect permanent "/" "${originOf(settings, target)}/"`,
    ])
  const deflate = `AddOutputFilterByType DEFLATE text/html ${TEXT_TYPES.join(' ')}`
  const site = section(
    'VirtualHost',
    port,
    [...nameLines(own), ...everywhere(project), ...tls(settings), `LimitRequestBody ${maxBody}`],
    [...section('IfModule', 'deflate_module', deflate), ...headers(settings), ...acme],
    [...filesOf(settings, live), ...answererOf(settings, place)],
    section('LocationMatch', `"${DOT_PATH}"`, 'Require all denied'),
  )
  const others = section(
    'VirtualHost',
    port,
    [...nameLines(leading), ...everywhere(project), ...tls(settings)],
    [...acme, ...lead(names[0])],
  )
  const plain = names.flatMap(name =>
    section(
      'VirtualHost',
      `*:${ports.http}`,
      [...nameLines([name]), ...everywhere(project)],
      [...challenges(settings), ...lead(leading.includes(name) || name.startsWith('*') ? names[0] : name)],
    ),
  )
  return [
    `# Made by dye-deploy: the site of ${project}.`,
    ...wanted,
    ...site,
    ...(leading.length > 0 ? others : []),
    ...(certificate ? plain : []),
    '',
  ].join('\n')
}

import { posix } from 'node:path'
import { OptionError } from '../errors/option-error.js'
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
  type SiteFiles,
  type SiteSettings,
  type SiteTextPlace,
  TEXT_TYPES,
} from './site-settings.js'

type Lines = readonly string[]

const block = (head: string, ...lines: readonly (string | Lines)[]): Lines => [
  `${head} {`,
  ...lines.flat().map(line => `    ${line}`),
  '}',
]

const DIRECTORY = '/var/log/nginx'

/** The log of errors that nginx keeps for a site. */
export const nginxErrorLog = (project: string) => `${DIRECTORY}/${project}-error.log`

const REFUSE_DOTS = block(`location ~ "${DOT_PATH}"`, 'return 403;')

function listen({ certificate, ports }: SiteSettings, isSecure = certificate !== undefined): Lines {
  const port = isSecure ? ports.https : ports.http
  // nginx before 1.25.1 does not know "http2 on"
  const how = isSecure ? ' ssl http2' : ''
  return [`listen ${port}${how};`, ...(ports.ipv6 ? [`listen [::]:${port}${how};`] : [])]
}

function tls({ certificate }: SiteSettings, project: string): Lines {
  if (!certificate) return []
  return [
    `ssl_certificate ${certificate.chain};`,
    `ssl_certificate_key ${certificate.key};`,
    'ssl_protocols TLSv1.2 TLSv1.3;',
    `ssl_ciphers ${CIPHERS};`,
    'ssl_prefer_server_ciphers off;',
    `ssl_session_cache shared:dye-${project}:1m;`,
    'ssl_session_timeout 1d;',
    'ssl_session_tickets off;',
  ]
}

const everywhere = (project: string): Lines => [
  'server_tokens off;',
  `access_log ${DIRECTORY}/${project}-access.log;`,
  `error_log ${nginxErrorLog(project)};`,
]

/** A location with headers of its own has none of those around it. */
function headers(settings: SiteSettings): Lines {
  const hsts = hstsOf(settings)
  return [
    'add_header X-Content-Type-Options nosniff always;',
    ...(hsts ? [`add_header Strict-Transport-Security "${hsts}" always;`] : []),
  ]
}

function hiddenHeaders(settings: SiteSettings, module: 'proxy' | 'fastcgi'): Lines {
  const hidden = ['X-Content-Type-Options', ...(hstsOf(settings) ? ['Strict-Transport-Security'] : [])]
  return hidden.map(name => `${module}_hide_header ${name};`)
}

function filesOf(settings: SiteSettings, live: string): Lines {
  const kept = (how: string) => [...headers(settings), `add_header Cache-Control "${how}";`]
  return settings.files.flatMap((files: SiteFiles) => {
    const path = posix.join(live, files.path)
    if (!files.url.endsWith('/')) {
      return block(
        `location = ${files.url}`,
        `alias ${path};`,
        kept(files.hashed ? IMMUTABLE : cacheControl(files)),
      )
    }
    const hashed = files.hashed ? block(`location ~ "${HASHED_NAME}"`, kept(IMMUTABLE)) : []
    return block(
      `location ^~ ${files.url}`,
      [`alias ${posix.join(path, '/')};`, ...kept(cacheControl(files))],
      REFUSE_DOTS,
      hashed,
    )
  })
}

const challenges = ({ challenges: root }: SiteSettings): Lines =>
  block(`location ^~ ${CHALLENGES}`, `root ${root};`, 'default_type text/plain;')

function answererOf(settings: SiteSettings, { project, live }: SiteTextPlace): Lines {
  const { answerer, files, certificate, ports } = settings
  if (answerer === undefined) {
    return files.some(({ url }) => url === '/') ? [] : block('location /', 'return 404;')
  }
  if (answerer.kind === 'upstream') {
    const address = addressOf(answerer.server, project)
    const isUsual = certificate ? ports.https === 443 : ports.http === 80
    return block('location /', [
      `proxy_pass ${address.startsWith('unix:') ? 'http://' : ''}${address};`,
      'proxy_http_version 1.1;',
      'proxy_redirect off;',
      `proxy_set_header Host $host${isUsual ? '' : ':$server_port'};`,
      'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
      'proxy_set_header X-Forwarded-Proto $scheme;',
      'proxy_set_header Proxy "";',
      ...hiddenHeaders(settings, 'proxy'),
    ])
  }
  if (answerer.kind === 'wsgi') {
    throw new OptionError(
      'webServer',
      'nginx runs no WSGI applications',
      'let gunicorn: upstream(AppServer.gunicorn(…)).',
    )
  }
  const server = answerer.server ?? `unix:/run/${project}/php-fpm.sock`
  return [
    `root ${posix.join(live, answerer.directory)};`,
    'index index.php;',
    ...block('location /', 'try_files $uri $uri/ /index.php$is_args$args;'),
    ...block('location ~ [.]php$', [
      'try_files $uri =404;',
      'include fastcgi_params;',
      // names of the release itself: a request is of one release, whatever becomes of the link
      'fastcgi_param SCRIPT_FILENAME $realpath_root$fastcgi_script_name;',
      'fastcgi_param DOCUMENT_ROOT $realpath_root;',
      'fastcgi_param HTTP_PROXY "";',
      `fastcgi_pass ${addressOf(server, project)};`,
      ...hiddenHeaders(settings, 'fastcgi'),
    ]),
  ]
}

/** The text of a site's configuration for nginx; its first server is the site itself. */
export function nginxSite(settings: SiteSettings, place: SiteTextPlace): string {
  const { project, live } = place
  const { names, certificate, maxBody } = settings
  const { own, leading } = namesOf(settings)
  const lead = (target: string) => block('location /', `return 301 ${target}$request_uri;`)
  const first = originOf(settings, names[0])
  const acme = certificate ? [] : challenges(settings)
  const site = block(
    'server',
    [...listen(settings), `server_name ${own.join(' ')};`, ...tls(settings, project), ...everywhere(project)],
    [`client_max_body_size ${maxBody};`, 'gzip on;', 'gzip_vary on;', `gzip_types ${TEXT_TYPES.join(' ')};`],
    [...headers(settings), ...acme, ...REFUSE_DOTS],
    [...filesOf(settings, live), ...answererOf(settings, place)],
  )
  const others = block(
    'server',
    [
      ...listen(settings),
      `server_name ${leading.join(' ')};`,
      ...tls(settings, project),
      ...everywhere(project),
    ],
    [...acme, ...lead(first)],
  )
  const plain = block(
    'server',
    [...listen(settings, false), `server_name ${names.join(' ')};`, ...everywhere(project)],
    [...challenges(settings), ...lead(own.length > 1 ? originOf(settings, '$host') : first)],
  )
  return [
    `# Made by dye-deploy: the site of ${project}.`,
    ...site,
    ...(leading.length > 0 ? others : []),
    ...(certificate ? plain : []),
    '',
  ].join('\n')
}

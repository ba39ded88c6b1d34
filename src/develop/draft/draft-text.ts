import { posix } from 'node:path'
import { literal } from '../literal.js'
import type { FoundDatabase, FoundDjango } from './found-django.js'
import type { FoundPackages } from './found-packages.js'
import type { FoundSource } from './found-source.js'
import type { FoundWebServer } from './found-web-server.js'

/** All that a deployfile is drafted from. */
export interface Draft {
  readonly project: string
  readonly environment: string
  readonly hosts: readonly string[]
  readonly serverHome: string
  readonly django: FoundDjango
  readonly packages: FoundPackages
  readonly source: FoundSource
  readonly webServer: FoundWebServer | undefined
  /** For a site whose configuration is made; undefined: there is none to make. */
  readonly domain: string | undefined
}

const list = (values: readonly string[]) => values.map(literal).join(', ')

/** The directory that SQLite's file is shared with; the project's own cannot be. */
function databaseDirectory({ django }: Draft): string | undefined {
  const { file = '' } = django.database ?? {}
  const directory = posix.dirname(file)
  return posix.isAbsolute(file) || ['.', django.path].includes(directory) ? undefined : directory
}

function release(draft: Draft): string {
  const { serverHome, django } = draft
  const shared = [...new Set([django.uploads, databaseDirectory(draft)].flatMap(path => path || []))]
  return `Release.under(${literal(serverHome)}).keep(5)${shared.length > 0 ? `.share(${list(shared)})` : ''}`
}

function virtualenv({ django, packages: { file, python } }: Draft): string | undefined {
  if (file === undefined) return undefined
  const how = file === 'pyproject.toml' ? '.pyproject()' : `.requirements(${literal(file)})`
  const version = python === undefined ? '' : `.python(${literal(`>=${python}`)})`
  return `Virtualenv.at(${literal(posix.join(django.path, '.ve'))})${how}${version}`
}

function application({ django: { path, entry, style } }: Draft): string {
  const own = entry === undefined || entry === 'wsgi/wsgi_handler.py' ? '' : `.wsgi(${literal(entry)})`
  return `Django.at(${literal(path)})${own}${style === 'environment-file' ? '.environmentFile()' : ''}`
}

function database(draft: Draft, found: FoundDatabase): string | undefined {
  if (found.kind !== 'sqlite') {
    return `Database.${found.kind}(${found.name === undefined ? '' : `{ name: ${literal(found.name)} }`})`
  }
  const { file = '' } = found
  if (posix.isAbsolute(file)) return `Database.sqlite({ file: ${literal(file)} })`
  if (databaseDirectory(draft) === undefined) return undefined
  const shared = posix.join(draft.serverHome, draft.project, 'shared', file)
  return `Database.sqlite({ file: ${literal(shared)} })`
}

function gunicorn({ django: { path, entry = 'wsgi/wsgi_handler.py' } }: Draft): string {
  const isInside = path === '.' || entry.startsWith(`${path}/`)
  const directory = isInside ? path : posix.dirname(entry)
  const module = posix.relative(directory, entry).replace(/\.py$/, '').replaceAll('/', '.')
  return `AppServer.gunicorn(${literal(`${module}:application`)}, { directory: ${literal(directory)} })`
}

function madeSite({ django, domain = '', packages }: Draft): string {
  const { staticFiles, uploads, entry = 'wsgi/wsgi_handler.py' } = django
  const files = [
    ['/static/', staticFiles],
    ['/uploads/', uploads],
  ] as const
  const served = files.flatMap(([url, path]) => (path ? [`.files(${literal(url)}, ${literal(path)})`] : []))
  const answerer = packages.hasGunicorn ? '.upstream(gunicorn)' : `.wsgi(${literal(entry)})`
  return [`Site.named(${literal(domain)})`, ...served, answerer].join('\n  ')
}

/** The web server, and the processes behind it. */
function serving(draft: Draft): readonly (readonly [string, string])[] {
  const { webServer, domain, packages } = draft
  if (webServer) {
    const server = ['webServer', `WebServer.${webServer.kind}(${literal(webServer.file)})`] as const
    return webServer.asksServer ? [server, ['processes', `[${gunicorn(draft)}]`]] : [server]
  }
  if (domain === undefined) return []
  if (!packages.hasGunicorn) return [['webServer', 'WebServer.apache(site)']]
  return [
    ['webServer', 'WebServer.nginx(site)'],
    ['processes', '[gunicorn]'],
  ]
}

const NAMES = [
  ...['AppServer', 'cvs', 'Database', 'Django', 'directory', 'git', 'Host', 'Release', 'Site', 'subversion'],
  ...['Virtualenv', 'WebServer'],
]

const LONGEST_LINE = 100

/** The statement that imports what is named in code, besides what all deployfiles import. */
function importsOf(code: string): string {
  const bare = code.replace(/'(\\.|[^'\\])*'/g, "''")
  const used = NAMES.filter(name => new RegExp(`\\b${name}[.(]`).test(bare))
  const all = [...used, 'deploy', 'terminal'].sort((one, other) => one.localeCompare(other, 'en'))
  const line = `import { ${all.join(', ')} } from 'dye-deploy'`
  return line.length <= LONGEST_LINE
    ? line
    : `import {\n${all.map(name => `  ${name},\n`).join('')}} from 'dye-deploy'`
}

/** The text of a deployfile; what is not sure stands at its top. */
export function draftText(draft: Draft, notes: readonly string[]): string {
  const { project, environment, hosts, source, django } = draft
  const isMade = draft.webServer === undefined && draft.domain !== undefined
  const before = [
    ...(isMade && draft.packages.hasGunicorn ? [`const gunicorn = ${gunicorn(draft)}`] : []),
    ...(isMade ? [`const site = ${madeSite(draft)}`] : []),
  ]
  const optional: readonly (readonly [string, string | undefined])[] = [
    ['virtualenv', virtualenv(draft)],
    ['application', application(draft)],
    ['database', django.database && database(draft, django.database)],
  ]
  const options = [
    ['project', literal(project)],
    ['environment', literal(environment)],
    ['hosts', `[${hosts.map(host => `Host.ssh(${literal(host)})`).join(', ')}]`],
    ['source', source.code],
    ['release', release(draft)],
    ...optional.flatMap(([name, code]) => (code === undefined ? [] : [[name, code] as const])),
    ...serving(draft),
    ['onEvent', 'terminal()'],
  ] as const
  const code = [...before, ...options.map(([, value]) => value)].join('\n')
  return [
    '// deployfile.ts: drafted by looking at the project.',
    ...(notes.length > 0 ? ['//', '// What is not sure:', ...notes.map(note => `// - ${note}`)] : []),
    importsOf(code),
    '',
    ...(before.length > 0 ? [...before, ''] : []),
    'const result = await deploy({',
    ...options.map(([name, value]) => `  ${name}: ${value},`),
    '})',
    'process.exitCode = result.exitCode',
    '',
  ].join('\n')
}

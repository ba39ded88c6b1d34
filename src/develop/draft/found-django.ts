import { posix } from 'node:path'
import type { ProjectTree } from './project-tree.js'
import { insideCheckout, readAssignments } from './python-assignments.js'
import type { PythonValue } from './python-value.js'

/** What was found out about a Django project. */
export interface FoundDjango {
  /** Directory of its `manage.py`. */
  readonly path: string
  /** Its WSGI entry; undefined: there is none. */
  readonly entry: string | undefined
  readonly style: 'local-settings' | 'environment-file' | undefined
  readonly database: FoundDatabase | undefined
  /** Directories that visitors fill. */
  readonly uploads: string | undefined
  /** Where static files are collected. */
  readonly staticFiles: string | undefined
  /** The first name in `ALLOWED_HOSTS` that is one. */
  readonly domain: string | undefined
}

/** A database that settings name. */
export interface FoundDatabase {
  readonly kind: 'sqlite' | 'mysql' | 'postgresql'
  readonly name: string | undefined
  /** Of SQLite: its file, relative to the checkout if it is in there. */
  readonly file: string | undefined
}

const LOCAL =
  /^\s*(from\s+[.\w]*local_settings|import\s+[.\w]*local_settings|from\s.*import.*local_settings)/m
const FROM_ENVIRONMENT =
  /\benviron\.Env\b|\bimport decouple|\bfrom decouple|\bdotenv\b|\bos\.environ\b|\bgetenv\b/

/** The `manage.py` that is nearest to the top, and DYE's before all others. */
function managePath(tree: ProjectTree, notes: string[]): string | undefined {
  const all = tree.files.filter(
    path =>
      posix.basename(path) === 'manage.py' && /execute_(from_command_line|manager)/.test(tree.text(path)),
  )
  const chosen = all.find(path => path === 'django/website/manage.py') ?? all[0]
  const others = all.filter(path => path !== chosen)
  if (others.length > 0) notes.push(`there are other projects, too: ${others.join(', ')}`)
  return chosen
}

/** The module that `manage.py` names for settings. */
function settingsModule(tree: ProjectTree, project: string): string {
  const manage = tree.text(posix.join(project, 'manage.py'))
  return /DJANGO_SETTINGS_MODULE[^,]*,\s*["']([\w.]+)/.exec(manage)?.[1] ?? 'settings'
}

/** The files that settings are put together from, in the order in which they count. */
function settingsFiles(
  tree: ProjectTree,
  project: string,
  environment: string,
  notes: string[],
): readonly string[] {
  const named = settingsModule(tree, project)
  const path = posix.join(project, named.replaceAll('.', '/'))
  const directory = tree.has(posix.join(path, '__init__.py')) ? path : posix.dirname(path)
  const isPackage = tree.has(posix.join(directory, '__init__.py')) && /settings$/.test(directory)
  const names = ['base.py', 'common.py', '__init__.py', `${environment}.py`]
  if (isPackage && directory !== path && posix.basename(path) !== environment) {
    notes.push(
      `manage.py names ${named}, also on the server: it should name the settings for ${environment} there`,
    )
  }
  const all = [
    ...(isPackage ? names.map(name => posix.join(directory, name)) : [`${path}.py`]),
    posix.join(project, `local_settings.py.${environment}`),
  ]
  return all.filter(each => tree.has(each))
}

function databaseOf(
  scope: ReadonlyMap<string, PythonValue>,
  project: string,
  notes: string[],
): FoundDatabase | undefined {
  const databases = scope.get('DATABASES')
  const usual = databases instanceof Map ? databases.get('default') : undefined
  const value = (key: string): PythonValue => (usual instanceof Map ? usual.get(key) : undefined)
  const engine = value('ENGINE')
  if (typeof engine !== 'string') {
    notes.push('the settings do not say in plain words which database they have')
    return undefined
  }
  const kinds = { sqlite: /sqlite|spatialite/, mysql: /mysql/, postgresql: /postg/ } as const
  const found = (Object.keys(kinds) as (keyof typeof kinds)[]).find(kind => kinds[kind].test(engine))
  if (!found) {
    notes.push(`a database by ${engine} is none that can be dumped or made`)
    return undefined
  }
  const others = databases instanceof Map ? [...databases.keys()].filter(key => key !== 'default') : []
  if (others.length > 0)
    notes.push(`there are other databases, too: ${others.join(', ')}; see Django.databases()`)
  const name = value('NAME')
  if (found === 'sqlite') return { kind: found, name: undefined, file: sqliteFile(name, project, notes) }
  return {
    kind: found,
    name: typeof name === 'string' && /^\w+$/.test(name) ? name : undefined,
    file: undefined,
  }
}

function sqliteFile(name: PythonValue, project: string, notes: string[]): string | undefined {
  const inside = insideCheckout(name)
  if (inside === undefined && typeof name === 'string' && posix.isAbsolute(name)) return name
  if (inside === undefined || ['.', project].includes(posix.dirname(inside))) {
    const directory = posix.join(project, 'data')
    notes.push(`the file of SQLite has to be in a directory that releases can share, such as ${directory}`)
  }
  return inside
}

function entryOf(tree: ProjectTree, project: string, notes: string[]): string | undefined {
  const all = tree.files.filter(path => path.endsWith('.py') && isEntry(tree.text(path)))
  const isUsual = (path: string) => path === 'wsgi/wsgi_handler.py'
  const chosen = all.find(isUsual) ?? all.find(path => path.startsWith(`${project}/`)) ?? all[0]
  if (chosen === undefined) notes.push('there is no WSGI entry, such as wsgi/wsgi_handler.py')
  else if (!/realpath|resolve\(/.test(tree.text(chosen))) {
    notes.push(`${chosen} should resolve os.path.realpath(__file__), so that a process keeps to its release`)
  }
  return chosen
}

const isEntry = (text: string) =>
  /^application\s*=/m.test(text) && /get_wsgi_application|WSGIHandler/.test(text)

function domainOf(scope: ReadonlyMap<string, PythonValue>): string | undefined {
  const hosts = scope.get('ALLOWED_HOSTS')
  if (!Array.isArray(hosts)) return undefined
  return hosts.find(
    (host): host is string =>
      typeof host === 'string' && /^[a-z0-9][a-z0-9-]*(\.[a-z0-9-]+)*\.[a-z]{2,}$/.test(host),
  )
}

function styleOf(
  tree: ProjectTree,
  project: string,
  text: string,
  environment: string,
  notes: string[],
): FoundDjango['style'] {
  if (LOCAL.test(text)) {
    const wanted = posix.join(project, `local_settings.py.${environment}`)
    if (!tree.has(wanted))
      notes.push(`there is no ${wanted}, which the settings for ${environment} belong in`)
    return 'local-settings'
  }
  if (FROM_ENVIRONMENT.test(text)) {
    notes.push(
      'the settings read variables: a deploy makes a .env with SECRET_KEY and DB_PASSWORD; see environmentFile()',
    )
    return 'environment-file'
  }
  notes.push('the settings do not import local_settings: put "from local_settings import *" at their end')
  return undefined
}

/** Looks for a Django project, and at its settings, which are read and not run. */
export function findDjango(tree: ProjectTree, environment: string, notes: string[]): FoundDjango | undefined {
  const manage = managePath(tree, notes)
  if (manage === undefined) return undefined
  const path = posix.dirname(manage)
  const files = settingsFiles(tree, path, environment, notes)
  if (files.length === 0) notes.push(`no settings were found that ${manage} could mean`)
  const scope = new Map<string, PythonValue>()
  for (const file of files) readAssignments(tree.text(file), file, scope)
  const text = files.map(file => tree.text(file)).join('\n')
  const uploads = insideCheckout(scope.get('MEDIA_ROOT'))
  if (uploads === undefined && scope.has('MEDIA_ROOT'))
    notes.push('MEDIA_ROOT is not in the project, so it is not shared')
  return {
    path,
    entry: entryOf(tree, path, notes),
    style: styleOf(tree, path, text, environment, notes),
    database: databaseOf(scope, path, notes),
    uploads,
    staticFiles: insideCheckout(scope.get('STATIC_ROOT')),
    domain: domainOf(scope),
  }
}

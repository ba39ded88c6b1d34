import { OptionError } from '../../errors/option-error.js'

/** Which database a new project has. */
export type ScaffoldDatabase = 'sqlite' | 'mysql' | 'postgresql'

/** What a new project is to be like. */
export interface ScaffoldOptions {
  /** Where it is made: a directory that is not there, or empty but for `.git`. */
  readonly directory: string
  /** Its name: lower case letters, digits, `_` and `-`. Directories on the server bear it, and the database. */
  readonly project: string
  /** The server it is deployed to: `deploy@web1.example.org`. */
  readonly host: string
  /** The git repository that the server fetches it from. */
  readonly repository: string
  /** The name of the site: `carers.example.org`. */
  readonly domain: string
  /**
   * `normal` has an application with model, migration, page, style and tests, the admin site and uploads; `minimal` is one
   * page with a test.
   *
   * @defaultValue `normal`
   */
  readonly kind?: 'normal' | 'minimal'
  /** On the server and for development. @defaultValue `sqlite` */
  readonly database?: ScaffoldDatabase
  /** nginx comes with gunicorn, Apache with mod_wsgi. @defaultValue `nginx` */
  readonly webServer?: 'apache' | 'nginx'
  /** Whose continuous integration runs its tests, and deploys on demand. @defaultValue `github` */
  readonly ci?: 'github' | 'gitlab' | false
  /** Which versions of Django will do, as pip takes them. @defaultValue `>=5.2,<5.3` */
  readonly django?: string
}

/** {@link ScaffoldOptions} with every default filled in, all of them checked. */
export interface ResolvedScaffold extends Required<ScaffoldOptions> {
  /** Name of the database, and of its user. */
  readonly databaseName: string
}

interface Rule {
  readonly pattern: RegExp
  readonly what: string
  readonly remedy: string
}

const LABEL = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?'

/** What is taken of values that come to stand in files: nothing that has a meaning in any of them. */
const RULES = {
  project: {
    pattern: /^[a-z][a-z0-9_-]{0,31}$/,
    what: 'a name for a project',
    remedy: 'use lower case letters, digits, "_" and "-", 32 at most.',
  },
  domain: {
    pattern: new RegExp(`^(?=.{1,253}$)(${LABEL}\\.)*${LABEL}$`),
    what: 'the name of a site',
    remedy: 'write it like "carers.example.org", in lower case, without http://.',
  },
  host: {
    pattern: /^([a-z_][\w.-]*@)?(\[[0-9a-f:.]+\]|[a-z0-9]([\w.-]*[a-z0-9])?)(:\d{1,5})?$/i,
    what: 'a server to log in to',
    remedy: 'write it like "deploy@web1.example.org".',
  },
  repository: {
    pattern: /^[\w~/][\w@:/.~+%[\]-]*$/,
    what: 'the address of a git repository',
    remedy: 'write it like "git@git.example.org:carers.git".',
  },
  django: {
    pattern: /^[<>=~!]=?\s*\d[\d.*]*(\s*,\s*[<>=~!]=?\s*\d[\d.*]*)*$/,
    what: 'a range of versions',
    remedy: 'write it like ">=5.2,<5.3".',
  },
} satisfies Partial<Record<keyof ScaffoldOptions, Rule>>

const CHOICES = {
  kind: ['normal', 'minimal'],
  database: ['sqlite', 'mysql', 'postgresql'],
  webServer: ['apache', 'nginx'],
  ci: ['github', 'gitlab', false],
} as const

/** Names that databases have for themselves and for those who look after them. */
const TAKEN: Readonly<Record<ScaffoldDatabase, readonly string[]>> = {
  sqlite: [],
  mysql: ['mysql', 'information_schema', 'performance_schema', 'sys', 'test', 'root', 'mariadb'],
  postgresql: ['postgres', 'template0', 'template1', 'root', 'public', 'user', 'none'],
}

function checkRules(resolved: Required<ScaffoldOptions>): void {
  for (const option of Object.keys(RULES) as (keyof typeof RULES)[]) {
    const { pattern, what, remedy } = RULES[option]
    const value: unknown = resolved[option]
    if (typeof value === 'string' && pattern.test(value)) continue
    throw new OptionError(option, `${JSON.stringify(value) ?? 'nothing'} is not ${what}`, remedy)
  }
}

function checkChoices(resolved: Required<ScaffoldOptions>): void {
  for (const option of Object.keys(CHOICES) as (keyof typeof CHOICES)[]) {
    const known: readonly unknown[] = CHOICES[option]
    if (known.includes(resolved[option])) continue
    const why = `${JSON.stringify(resolved[option])} is none of ${known.join(', ')}`
    throw new OptionError(option, why)
  }
}

/**
 * Checks the options and fills in the defaults.
 *
 * @throws {@link OptionError} for a value that cannot be used
 */
export function resolveScaffold(options: ScaffoldOptions): ResolvedScaffold {
  const resolved: Required<ScaffoldOptions> = {
    ...options,
    kind: options.kind ?? 'normal',
    database: options.database ?? 'sqlite',
    webServer: options.webServer ?? 'nginx',
    ci: options.ci ?? 'github',
    django: options.django ?? '>=5.2,<5.3',
  }
  checkRules(resolved)
  checkChoices(resolved)
  const { project, repository, database } = resolved
  if (/:\/\/[^/@]*:[^/]*@/.test(repository)) {
    throw new OptionError(
      'repository',
      'it has a password in it, which everybody would read in the deployfile',
      'leave it out; git(url).login(…) takes one from the environment.',
    )
  }
  if (TAKEN[database].includes(project)) {
    throw new OptionError('project', `the database has something of its own that is called "${project}"`)
  }
  return { ...resolved, databaseName: project.replaceAll('-', '_') }
}

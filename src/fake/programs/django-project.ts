import { posix } from 'node:path'
import { IRREVERSIBLE } from '../../application/django-programs.js'
import { quote } from '../../command/quote.js'
import type { Tables } from '../machine/databases.js'
import type { Process } from '../shell/process.js'
import { type OpenDatabase, openDatabase } from './django-database.js'
import { DjangoSettings } from './django-settings.js'

const APPLIED = 'django_migrations'

/** A migration, out of its file. */
interface Migration {
  readonly app: string
  /** `visits.0001_initial` */
  readonly name: string
  readonly text: string
}

/** A Django project in a directory of a server: what is read of its files without any Python. */
export class DjangoProject {
  readonly #cwd: string
  readonly #settings: DjangoSettings

  constructor(private readonly process: Process) {
    this.#cwd = process.files.cwd
    this.#settings = new DjangoSettings(process.files)
  }

  /** Prints the settings of the database as shell assignments. */
  credentials(): number {
    const file = this.#settings.databaseFile
    for (const key of ['NAME', 'USER', 'PASSWORD', 'HOST', 'PORT']) {
      const value = key === 'NAME' && file !== undefined ? file : this.#settings.value(key)
      this.process.out(`DB_${key}=${quote(value ?? '')}\n`)
    }
    return 0
  }

  /** The migrations of the code, in the order in which they run. */
  get #migrations(): readonly Migration[] {
    const { files } = this.process
    return [...files.walk(this.#cwd)].flatMap(([path]) => {
      const [, app = '', file] = /([^/]+)\/migrations\/(\d\w*)\.py$/.exec(path) ?? []
      return file === undefined ? [] : [{ app, name: `${app}.${file}`, text: files.tryRead(path) ?? '' }]
    })
  }

  get #database(): OpenDatabase | undefined {
    return openDatabase(this.process, this.#settings)
  }

  #applied(tables: ReadonlyMap<string, readonly string[]>): readonly string[] {
    return (tables.get(APPLIED) ?? []).map(row => row.replaceAll("'", ''))
  }

  /** Prints the migrations that the database has not. */
  pending(): number {
    const database = this.#database
    if (!database) return 1
    const applied = this.#applied(database.tables)
    for (const { name } of this.#migrations) if (!applied.includes(name)) this.process.out(`${name}\n`)
    return 0
  }

  /** Runs the migrations that the database has not. One whose code raises an error fails there. */
  migrate(): number {
    const database = this.#database
    if (!database) return 1
    const code = this.#migrate(database.tables)
    database.save()
    return code
  }

  #migrate(tables: Tables): number {
    tables.set(APPLIED, tables.get(APPLIED) ?? [])
    for (const { app, name, text } of this.#migrations) {
      if (this.#applied(tables).includes(name)) continue
      this.process.out(`  Applying ${name}...`)
      const [, error = 'RuntimeError', message = ''] =
        /^\s+raise (\w+)\((?:['"](.*)['"])?\)/m.exec(text) ?? []
      if (/^\s+raise /m.test(text)) {
        this.process.err(`${error}: ${message}\n`)
        return 1
      }
      for (const [, model = ''] of text.matchAll(/CreateModel\(\s*(?:name=)?['"](\w+)['"]/g)) {
        tables.set(`${app}_${model.toLowerCase()}`, [])
      }
      tables.set(APPLIED, [...(tables.get(APPLIED) ?? []), `'${name}'`])
      this.process.out(' OK\n')
    }
    return 0
  }

  /** Prints the migrations that the code knows. */
  known(): number {
    for (const { name } of this.#migrations) this.process.out(`${name}\n`)
    return 0
  }

  /** Prints, and takes back if it is to, what the database has and another release does not know. */
  back(how: string): number {
    const database = this.#database
    if (!database) return 1
    const { tables } = database
    const known = new Set(this.process.stdin.read().split(/\s+/))
    const beyond = this.#applied(tables)
      .filter(name => !known.has(name))
      .reverse()
    const lost = this.#migrations.filter(
      ({ name, text }) => beyond.includes(name) && /RunPython\(\s*\w+\s*\)/.test(text),
    )
    if (lost.length > 0) {
      this.process.out(`these have no way back: ${lost.map(({ name }) => name).join(', ')}\n`)
      return IRREVERSIBLE
    }
    if (how === 'run') {
      const applied = tables.get(APPLIED) ?? []
      tables.set(
        APPLIED,
        applied.filter(row => known.has(row.replaceAll("'", ''))),
      )
      database.save()
    }
    for (const name of beyond) this.process.out(`${name}\n`)
    return 0
  }

  /** Copies the static files of all applications into `STATIC_ROOT`; finds nothing wrong with the settings. */
  collect(words: readonly string[]): number {
    const root = words.includes('collect') ? this.#staticRoot() : undefined
    if (root !== undefined) this.#copyStatic(posix.resolve(this.#cwd, root))
    this.process.out(`${JSON.stringify({ done: root === undefined ? [] : ['collected'], wrong: [] })}\n`)
    return 0
  }

  #staticRoot(): string | undefined {
    const settings = this.process.files.tryRead('settings.py') ?? ''
    return /STATIC_ROOT\s*=[^\n]*['"]([\w./-]+)['"]/.exec(settings)?.[1]
  }

  #copyStatic(target: string): void {
    const { files } = this.process
    for (const [path, node] of [...files.walk(this.#cwd)]) {
      const [, relative] = /\/[^/]+\/static\/(.+)$/.exec(path.slice(this.#cwd.length)) ?? []
      if (node.kind !== 'file' || relative === undefined) continue
      files.makeDirectories(posix.dirname(`${target}/${relative}`))
      files.write(`${target}/${relative}`, files.read(path))
    }
  }
}

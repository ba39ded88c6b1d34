import { CLEAN, TABLES } from '../../database/postgresql.js'
import type { Databases, Tables } from '../machine/databases.js'
import { unexpected } from '../unexpected.js'

/** A text, and what follows it: what is between dollars, or quotes, is one piece. */
const STATEMENT = /^((?:'(?:[^']|'')*'|"[^"]*"|\$(\w*)\$[\s\S]*?\$\2\$|\\(?!gexec)|[^;'"\\])*)(;|\\gexec|$)/

const COPY = /^\s*COPY public\.(\w+) (?:\([^)]*\) )?FROM stdin;\n([\s\S]*?)^\\\.$/m

const unquoted = (text: string) => text.replaceAll("''", "'")

const flat = (text: string) => text.replace(/\s+/g, ' ').trim()

type Groups = readonly [string, ...string[]]

/** Somebody talks to PostgreSQL. */
export class PsqlSession {
  /** What was asked for. */
  printed = ''
  /** What the tables were when a transaction was begun. */
  #before: Tables | undefined

  constructor(
    private readonly cluster: Databases,
    private readonly database: string,
  ) {}

  /** Does what a text says, statement by statement, up to the first that fails; tells why that did. What was not committed is lost. */
  run(text: string): string | undefined {
    let rest = text.replace(/^--.*\n/gm, '')
    while (rest.trim() !== '') {
      const [copied, table, lines] = COPY.exec(rest) ?? []
      if (copied !== undefined && rest.trimStart().startsWith(copied.trimStart())) {
        rest = rest.slice(rest.indexOf(copied) + copied.length)
        this.#tables.get(table ?? '')?.push(...(lines ?? '').split('\n').filter(Boolean))
        continue
      }
      const [all = '', statement = '', , end] = STATEMENT.exec(rest) ?? []
      if (all === '') return `syntax error at or near "${flat(rest).slice(0, 40)}"`
      rest = rest.slice(all.length)
      const failure = end === '\\gexec' ? this.#execute(statement) : this.#one(statement)
      if (failure === undefined) continue
      if (this.#before) this.#restore(this.#before)
      return failure
    }
    return undefined
  }

  readonly #statements: readonly (readonly [RegExp, (...groups: Groups) => string | undefined])[] = [
    [/^$|^SET |^GRANT ALL ON (DATABASE|SCHEMA) /, () => undefined],
    [/^SELECT 1$/, () => this.#print('1')],
    [/^SELECT 1\/0$/, () => 'division by zero'],
    [/^BEGIN$/, () => this.#begin()],
    [
      /^COMMIT$/,
      () => {
        this.#before = undefined
        return undefined
      },
    ],
    [/^CREATE ROLE "([^"]+)" LOGIN$/, role => this.cluster.setPassword(role, '', { isNew: true })],
    [
      /^ALTER ROLE "([^"]+)" LOGIN PASSWORD '(.*)'$/,
      (role, password = '') => this.cluster.setPassword(role, unquoted(password)),
    ],
    [
      /^CREATE DATABASE "([^"]+)" OWNER "[^"]+" TEMPLATE template0 ENCODING '\w+'$/,
      name => this.cluster.create(name),
    ],
    [/^DROP DATABASE IF EXISTS "([^"]+)" WITH \(FORCE\)$/, name => this.cluster.drop(name)],
    [/^CREATE TABLE public\.(\w+) \(/, name => void this.#tables.set(name, [])],
    [
      /^SELECT \* FROM (?:public\.)?(\w+)$/,
      name => {
        const rows = this.#tables.get(name)
        return rows ? this.#print(...rows) : `relation "${name}" does not exist`
      },
    ],
  ]

  get #tables(): Tables {
    return this.cluster.tables(this.database)
  }

  #print(...lines: readonly string[]): undefined {
    this.printed += lines.map(line => `${line}\n`).join('')
  }

  #begin(): undefined {
    this.#before = new Map([...this.#tables].map(([name, rows]) => [name, [...rows]]))
  }

  #restore(before: Tables): void {
    this.#tables.clear()
    for (const [name, rows] of before) this.#tables.set(name, rows)
  }

  #one(statement: string): string | undefined {
    const text = flat(statement)
    if (text === flat(CLEAN).replace(/;$/, '')) {
      this.#tables.clear()
      return undefined
    }
    if (text === flat(TABLES)) return this.#print(...[...this.#tables.keys()].map(name => `public.${name}`))
    for (const [pattern, act] of this.#statements) {
      const found = pattern.exec(text)
      if (found) return act(...(found.slice(1) as [string, ...string[]]))
    }
    throw unexpected(`run the statement ${text.slice(0, 80)}`, 'PostgreSQL in memory does not know it')
  }

  /** A statement that a question gives, if it gives one. */
  #execute(question: string): string | undefined {
    const [, text = '', kind, name = ''] =
      /^SELECT '((?:[^']|'')*)' WHERE NOT EXISTS \(SELECT FROM (pg_roles|pg_database) WHERE \w+ = '([^']*)'\)$/.exec(
        flat(question),
      ) ?? []
    if (kind === undefined)
      throw unexpected(
        `run the statement ${flat(question).slice(0, 80)}`,
        'PostgreSQL in memory does not know it',
      )
    const isThere = kind === 'pg_roles' ? this.cluster.knows(name) : this.cluster.has(name)
    return isThere ? undefined : this.#one(unquoted(text))
  }
}

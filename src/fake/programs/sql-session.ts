import type { Databases, Tables } from '../machine/databases.js'

/** What a statement says: lines, or why it fails. */
type Answer = readonly string[] | Error

type Groups = readonly [string, ...string[]]

const unescaped = (text: string) => text.replace(/\\(.)/g, '$1')

/** Somebody talks to the database system. */
export class SqlSession {
  readonly #variables = new Map<string, string>()

  constructor(
    private readonly system: Databases,
    private current = '',
  ) {}

  /** Does what a statement says, if it is one of those that our scripts, and dumps, have. */
  run(statement: string): Answer {
    const text = statement.replace(/\s+/g, ' ')
    for (const [pattern, act] of this.#statements) {
      const found = pattern.exec(text)
      if (found) return act(...(found.slice(1) as [string, ...string[]])) ?? []
    }
    return new Error(`1064 (42000): a database in memory does not know the statement ${text.slice(0, 80)}`)
  }

  readonly #statements: readonly (readonly [RegExp, (...groups: Groups) => Answer | undefined])[] = [
    [/^(SET [^@]|LOCK|UNLOCK)/, () => undefined],
    [/^SET (@.*)/, text => this.#set(text)],
    [/^USE `([^`]+)`/, name => this.#use(name)],
    [/^CREATE DATABASE (?:IF NOT EXISTS )?`([^`]+)`/, name => this.system.create(name)],
    [/^DROP DATABASE (?:IF EXISTS )?`([^`]+)`/, name => this.system.drop(name)],
    [
      /^CREATE USER IF NOT EXISTS '([^']+)'@'[^']+' IDENTIFIED BY '(.*)'$/,
      (user, password = '') => this.system.setPassword(user, unescaped(password), { isNew: true }),
    ],
    [
      /^ALTER USER '([^']+)'@'[^']+' IDENTIFIED BY '(.*)'$/,
      (user, password = '') => this.system.setPassword(user, unescaped(password)),
    ],
    [
      /^GRANT ALL PRIVILEGES ON `([^`]+)`\.\* TO '([^']+)'/,
      (database, user = '') => this.system.grant(unescaped(database), user),
    ],
    [/^CREATE TABLE `([^`]+)`/, name => void this.#tables.set(name, [])],
    [/^INSERT INTO `([^`]+)` VALUES \((.*)\)$/, (name, row = '') => void this.#tables.get(name)?.push(row)],
    [/^RENAME TABLE (.*)/, list => this.#rename(list)],
    [
      /^SELECT CONCAT\('SELECT '/,
      () => this.#names.map(name => `SELECT '${name}', COUNT(*) FROM \`${name}\`;`),
    ],
    [
      /^SELECT '[^']*', COUNT\(\*\) FROM `([^`]+)`/,
      name => [`${name}\t${this.#tables.get(name)?.length ?? 0}`],
    ],
    [/^SELECT table_name FROM information_schema\.tables/, () => this.#names],
    [/^SELECT CONCAT\('RENAME TABLE /, () => this.#exchange()],
    [/^SELECT (\(SELECT )?COUNT\(\*\) FROM information_schema/, () => ['0']],
    [
      /^SELECT \* FROM `?(\w+)`?$/,
      name => this.#tables.get(name) ?? new Error(`1146 (42S02): Table '${name}' doesn't exist`),
    ],
  ]

  get #tables(): Tables {
    return this.system.tables(this.current)
  }

  get #names(): readonly string[] {
    return [...this.#tables.keys()]
  }

  #use(name: string): undefined {
    this.current = name
  }

  #set(text: string): undefined {
    for (const [, name = '', value = ''] of text.matchAll(/@(\w+) = '([^']*)'/g))
      this.#variables.set(name, value)
  }

  #rename(list: string): undefined {
    for (const [, from = '', old = '', to = '', now = ''] of list.matchAll(
      /`([^`]+)`\.`([^`]+)` TO `([^`]+)`\.`([^`]+)`/g,
    )) {
      this.system.tables(to).set(now, this.system.tables(from).get(old) ?? [])
      this.system.tables(from).delete(old)
    }
  }

  /** The statement that puts the tables of one database in the place of another's. */
  #exchange(): readonly string[] {
    const [now = '', next = '', old = ''] = ['now', 'new', 'old'].map(name => this.#variables.get(name))
    const move = (from: string, to: string) =>
      [...this.system.tables(from).keys()].map(table => `\`${from}\`.\`${table}\` TO \`${to}\`.\`${table}\``)
    const parts = [...move(now, old), ...move(next, now)]
    return parts.length > 0 ? [`RENAME TABLE ${parts.join(', ')};`] : []
  }
}

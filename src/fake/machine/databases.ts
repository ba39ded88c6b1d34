/** The rows of tables, by their names; a row is what stands between the brackets of an `INSERT`. */
export type Tables = Map<string, string[]>

/** The databases of a server's database system, and who is let in. */
export class Databases {
  readonly #databases = new Map<string, Tables>()
  readonly #passwords = new Map<string, string>()
  readonly #grants = new Map<string, Set<string>>()

  /** True if there is a database of the name. */
  has(name: string): boolean {
    return this.#databases.has(name)
  }

  /** The tables of a database; none of them stays if it is not there. */
  tables(name: string): Tables {
    return this.#databases.get(name) ?? new Map()
  }

  /** Makes a database, unless it is there. */
  create(name: string): undefined {
    if (!this.has(name)) this.#databases.set(name, new Map())
  }

  drop(name: string): undefined {
    this.#databases.delete(name)
  }

  /** Makes a user, or changes the password; of one who is there already not, if a new one is meant. */
  setPassword(user: string, password: string, { isNew = false } = {}): undefined {
    if (!isNew || !this.#passwords.has(user)) this.#passwords.set(user, password)
  }

  /** True if there is a user of the name. */
  knows(user: string): boolean {
    return this.#passwords.has(user)
  }

  /** Lets a user use a database. */
  grant(database: string, user: string): undefined {
    this.#grants.set(user, new Set(this.#grants.get(user)).add(database))
  }

  /** True if a user with that password may use a database, or, without one, log in. */
  admits(user: string, password: string, database: string | undefined): boolean {
    if (this.#passwords.get(user) !== password) return false
    return database === undefined || this.#grants.get(user)?.has(database) === true
  }
}

/** The databases of a new PostgreSQL, whose administrator may log in by the socket only. */
export function newCluster(): Databases {
  const databases = new Databases()
  databases.create('postgres')
  databases.setPassword('postgres', '')
  return databases
}

/** A user of a server. */
export interface User {
  readonly name: string
  readonly uid: number
  /** Name of the first group. */
  readonly group: string
  readonly gid: number
  /** Names of all groups. */
  readonly groups: readonly string[]
  readonly home: string
  /** True: sudo lets it be whoever it wants, without a password. */
  readonly sudo: boolean
}

/** Environment of a user who has just come. */
export function environmentOf({ name, home }: User, path: string): Map<string, string> {
  return new Map([
    ['HOME', home],
    ['USER', name],
    ['LOGNAME', name],
    ['PATH', path],
    ['LC_ALL', 'C'],
  ])
}

/** The users of a server, by name. */
export class Users {
  readonly #users = new Map<string, User>()

  constructor(users: readonly User[]) {
    for (const user of users) this.#users.set(user.name, user)
  }

  /** The user of a name, or of `#` and a number. */
  find(name: string): User | undefined {
    return (
      this.#users.get(name) ??
      [...this.#users.values()].find(({ uid }) => `#${uid}` === name || String(uid) === name)
    )
  }

  get all(): readonly User[] {
    return [...this.#users.values()]
  }

  /** Root, who is always there. */
  get root(): User {
    const root = this.#users.get('root')
    if (!root) throw new Error('a server without root')
    return root
  }

  /** The number of a group; that of nobody's if there is none of the name. */
  gidOf(group: string): number {
    return [...this.#users.values()].find(user => user.group === group)?.gid ?? 65534
  }
}

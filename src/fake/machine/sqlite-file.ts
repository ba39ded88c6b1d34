import type { Tables } from './databases.js'

const HEAD = 'SQLite format 3\0'

/** The tables of a file of SQLite; an empty one has none. Undefined if it is no such file. */
export function sqliteTables(content: string): Tables | undefined {
  if (content === '') return new Map()
  if (!content.startsWith(HEAD)) return undefined
  try {
    return new Map(JSON.parse(content.slice(HEAD.length)))
  } catch {
    return undefined
  }
}

/** The file for some tables, as far as a server in memory reads it. */
export function sqliteContent(tables: Tables): string {
  return `${HEAD}${JSON.stringify([...tables])}`
}

import { sqliteTables } from '../machine/sqlite-file.js'
import type { Process } from '../shell/process.js'

/** Copies a database; one that is missing is not made. */
export function backup(process: Process, [from = '', to = '']: readonly string[]): number {
  const content = process.files.tryRead(from)
  if (content === undefined) return process.fail('sqlite3.OperationalError: unable to open database file')
  return process.attempt(to, () => process.files.write(to, content))
}

/** Prints the tables of a database with their numbers of rows; fails unless it is whole. */
export function check(process: Process, [file = '']: readonly string[]): number {
  const content = process.files.tryRead(file)
  if (content === undefined) return process.fail(`FileNotFoundError: No such file or directory: '${file}'`)
  const tables = sqliteTables(content)
  if (!tables) return process.fail('file is not a database')
  for (const [name, rows] of tables) process.out(`${name}\t${rows.length}\n`)
  return 0
}

import { posix } from 'node:path'
import type { Databases, Tables } from '../machine/databases.js'
import { sqliteContent, sqliteTables } from '../machine/sqlite-file.js'
import type { Process } from '../shell/process.js'
import type { DjangoSettings } from './django-settings.js'

/** A database that an application is let in to. */
export interface OpenDatabase {
  readonly tables: Tables
  /** Keeps what has become of the tables. */
  save(): void
}

function refused(process: Process, why: string): undefined {
  process.err(`django.db.utils.OperationalError: ${why}\n`)
}

function openFile(process: Process, path: string): OpenDatabase | undefined {
  const { files } = process
  const isThere = files.peek(path) !== undefined
  if (!isThere && files.peek(posix.dirname(path))?.kind !== 'directory')
    return refused(process, 'unable to open database file')
  if (!isThere) files.write(path, '')
  const tables = sqliteTables(files.read(path))
  if (!tables) return refused(process, 'file is not a database')
  return { tables, save: () => files.write(path, sqliteContent(tables)) }
}

function opened(databases: Databases, name: string): OpenDatabase {
  return { tables: databases.tables(name), save: () => {} }
}

/** Opens the database that the settings name; undefined, with a word, if the application is not let in. */
export function openDatabase(process: Process, settings: DjangoSettings): OpenDatabase | undefined {
  if (settings.databaseFile !== undefined) return openFile(process, settings.databaseFile)
  const { databases: mariadb, postgresql, services } = process.machine.parts
  const [name = '', user = '', password = '', host = ''] = ['NAME', 'USER', 'PASSWORD', 'HOST'].map(key =>
    settings.value(key),
  )
  if (settings.engine === 'postgresql') {
    const isByPeer = host === '' && (user || process.user.name) === process.user.name
    const isLetIn = isByPeer
      ? postgresql.knows(process.user.name)
      : postgresql.admits(user, password, undefined)
    const isThere = services.find('postgresql')?.isActive && postgresql.has(name)
    if (isThere && isLetIn) return opened(postgresql, name)
    return refused(process, `connection failed: FATAL:  password authentication failed for user "${user}"`)
  }
  const isThere = mariadb.has(name) && services.find('mariadb')?.isActive
  if (isThere && mariadb.admits(user, password, name)) return opened(mariadb, name)
  return refused(process, `(1045, "Access denied for user '${user}'@'localhost'")`)
}

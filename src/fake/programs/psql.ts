import type { Process, Program } from '../shell/process.js'
import { PsqlSession } from './psql-session.js'
import { wordsOf } from './words.js'

/** The password of the file that `PGPASSFILE` names, as our own scripts write it: the same for all. */
function passwordOf(process: Process): string {
  const text = process.files.tryRead(process.variable('PGPASSFILE') ?? '') ?? ''
  return /^\*:\*:\*:\*:(.*)$/m.exec(text)?.[1]?.replace(/\\(.)/g, '$1') ?? ''
}

/** Why nobody is let in, in the words of the clients; undefined if somebody is. */
function refusalOf(process: Process, user: string, database: string): string | undefined {
  const { postgresql, services } = process.machine.parts
  const host = process.variable('PGHOST') ?? ''
  const isSocket = host === '' || host.startsWith('/')
  const where = isSocket
    ? 'connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed'
    : `connection to server at "${host}", port 5432 failed`
  if (services.find('postgresql')?.isActive !== true)
    return `${where}: ${isSocket ? 'No such file or directory' : 'Connection refused'}`
  if (isSocket && user !== process.user.name)
    return `${where}: FATAL:  Peer authentication failed for user "${user}"`
  const password = isSocket ? undefined : passwordOf(process)
  if (password === '') return `${where}: fe_sendauth: no password supplied`
  if (password !== undefined && !postgresql.admits(user, password, undefined))
    return `${where}: FATAL:  password authentication failed for user "${user}"`
  if (!postgresql.knows(user)) return `${where}: FATAL:  role "${user}" does not exist`
  return postgresql.has(database) ? undefined : `${where}: FATAL:  database "${database}" does not exist`
}

/** `psql`: knows the statements that our scripts use, and dumps. */
export const psql: Program = process => {
  const { value, operands } = wordsOf(process, 'X w q A t v= U= d= p= c= f=')
  const user = value('U') ?? process.variable('PGUSER') ?? process.user.name
  const database = value('d') ?? operands[0] ?? process.variable('PGDATABASE') ?? user
  const refused = refusalOf(process, user, database)
  if (refused !== undefined) return process.fail(`error: ${refused}`, 2)
  const file = value('f') ?? '-'
  const text = value('c') ?? process.content(file)
  if (text === undefined) return 1
  const session = new PsqlSession(process.machine.parts.postgresql, database)
  const failure = session.run(text)
  process.out(session.printed)
  return failure === undefined ? 0 : process.fail(`ERROR:  ${failure}`, 3)
}

/** `pg_dump`, in the form that {@link psql} reads. */
export const pgDump: Program = process => {
  const { operands } = wordsOf(process, 'w no-owner no-privileges')
  const user = process.variable('PGUSER') ?? process.user.name
  const database = operands[0] ?? process.variable('PGDATABASE') ?? user
  const refused = refusalOf(process, user, database)
  if (refused !== undefined) return process.fail(`error: ${refused}`)
  const tables = [...process.machine.parts.postgresql.tables(database)]
  process.out('--\n-- PostgreSQL database dump\n--\n\n')
  for (const [table] of tables) process.out(`CREATE TABLE public.${table} (\n);\n\n`)
  for (const [table, rows] of tables) {
    process.out(`COPY public.${table} FROM stdin;\n${rows.map(row => `${row}\n`).join('')}\\.\n\n`)
  }
  process.out('--\n-- PostgreSQL database dump complete\n--\n')
  return 0
}

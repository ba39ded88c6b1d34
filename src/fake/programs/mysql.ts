import type { Process, Program } from '../shell/process.js'
import { SqlSession } from './sql-session.js'
import { wordsOf } from './words.js'

/** Who calls, by the option file; root by the socket if there is none. */
function callerOf(
  process: Process,
  file: string | undefined,
): { readonly user: string; readonly password: string } | undefined {
  if (file === undefined)
    return process.user.name === 'root' ? undefined : { user: process.user.name, password: '' }
  const text = process.files.tryRead(file) ?? ''
  const option = (name: string) =>
    new RegExp(`^${name}="(.*)"$`, 'm').exec(text)?.[1]?.replace(/\\(.)/g, '$1') ?? ''
  return { user: option('user') || process.user.name, password: option('password') }
}

/** Lets the caller in; the exit code if it is not. */
function refusal(
  process: Process,
  file: string | undefined,
  database: string | undefined,
): number | undefined {
  const { databases, services } = process.machine.parts
  if (services.find('mariadb')?.isActive !== true) {
    return process.fail(
      "ERROR 2002 (HY000): Can't connect to local server through socket '/run/mysqld/mysqld.sock' (2)",
    )
  }
  const caller = callerOf(process, file)
  if (caller && !databases.admits(caller.user, caller.password, database)) {
    return process.fail(
      `ERROR 1045 (28000): Access denied for user '${caller.user}'@'localhost' (using password: ${caller.password === '' ? 'NO' : 'YES'})`,
    )
  }
  if (database !== undefined && !databases.has(database)) {
    return process.fail(`ERROR 1049 (42000): Unknown database '${database}'`)
  }
  return undefined
}

/** The client of MariaDB: knows the statements that our scripts use, and dumps. */
export const mysql: Program = process => {
  const { value, operands } = wordsOf(process, 'N defaults-extra-file= e=')
  const [database] = operands
  const refused = refusal(process, value('defaults-extra-file'), database)
  if (refused !== undefined) return refused
  const text = value('e') ?? process.stdin.read()
  const session = new SqlSession(process.machine.parts.databases, database)
  for (const statement of statementsOf(text)) {
    const said = session.run(statement)
    if (said instanceof Error) return process.fail(`ERROR ${said.message}`)
    process.out(said.map(line => `${line}\n`).join(''))
  }
  return 0
}

/** The statements of a text: `;` ends one, but not within quotes. */
function statementsOf(text: string): string[] {
  const plain = text.replace(/^--.*$/gm, '')
  return (plain.match(/(?:'(?:[^'\\]|\\[\s\S])*'|"[^"]*"|`[^`]*`|[^;'"`])+/g) ?? [])
    .map(each => each.trim())
    .filter(Boolean)
}

/** What a dump of ours is told besides: a database in memory has none of all that. */
const DUMP_OPTIONS =
  'defaults-extra-file= single-transaction quick routines triggers events hex-blob no-tablespaces default-character-set='

/** `mysqldump`, in the form that {@link mysql} reads. */
export const mysqldump: Program = process => {
  const { value, operands } = wordsOf(process, DUMP_OPTIONS)
  const [database = ''] = operands
  const refused = refusal(process, value('defaults-extra-file'), database)
  if (refused !== undefined) return refused
  for (const [table, rows] of process.machine.parts.databases.tables(database)) {
    process.out(`CREATE TABLE \`${table}\` (\n);\n`)
    for (const row of rows) process.out(`INSERT INTO \`${table}\` VALUES (${row});\n`)
  }
  process.out('-- Dump completed\n')
  return 0
}

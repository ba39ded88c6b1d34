import type { CommandError } from '../errors/command-error.js'
import { DatabaseError, type DatabaseErrorCode } from '../errors/database-error.js'
import { NO_ADMINISTRATOR } from './kind.js'

interface Symptom {
  readonly code: DatabaseErrorCode
  readonly sign: RegExp
  readonly why: string
  readonly remedy?: string
}

/** How the clients of MySQL, MariaDB and PostgreSQL, and the kernel, say what is wrong. */
const SYMPTOMS: readonly Symptom[] = [
  {
    code: 'DATABASE_FAILED',
    sign: /No space left on device|could not extend file|The table .* is full|Disk full/,
    why: 'the disk is full',
    remedy: 'free some space, and try again.',
  },
  {
    code: 'DATABASE_TOOL_MISSING',
    sign: /(mysql|mariadb|mysqldump|psql|pg_dump|python3): (command )?not found/,
    why: 'the client programs of the database are missing',
    remedy: 'install them (Debian: apt install mariadb-client, or postgresql-client).',
  },
  {
    code: 'DATABASE_UNREACHABLE',
    sign: /Can't connect to|Connection refused|could not connect to server|connection to server .* failed: (?!FATAL)|could not translate host name/,
    why: 'the database server was not reached',
    remedy: 'see whether it runs, and where.',
  },
  { code: 'DATABASE_DUMP_BROKEN', sign: /is not a complete dump/, why: 'the dump is not complete' },
  {
    code: 'DATABASE_DENIED',
    sign: /Access denied for user|(password|Peer|Ident|peer) authentication failed|no pg_hba.conf entry|no password supplied|permission denied for/,
    why: 'the user was not let in',
    remedy: 'compare the user and the password of the settings with those of the database.',
  },
]

/** What a failure means, if it is a known one. */
export function whyOf({ stdout, stderr }: CommandError): string | undefined {
  return SYMPTOMS.find(({ sign }) => sign.test(`${stdout}\n${stderr}`))?.why
}

/** Makes out of what a database's client said an error that tells what to do. */
export function explain(what: string): (failure: CommandError) => DatabaseError {
  return failure => {
    const { host, exitCode, stdout, stderr } = failure
    const output = `${stdout}\n${stderr}`
    const symptom = SYMPTOMS.find(({ sign }) => sign.test(output))
    const account = { what, host, output: output.trim() }
    if (exitCode === NO_ADMINISTRATOR && symptom?.code !== 'DATABASE_UNREACHABLE') {
      return new DatabaseError('DATABASE_ADMINISTRATOR_DENIED', {
        ...account,
        why: "the application's user is not let in, and no administrator is who could make it",
        remedy:
          'let the user that deploys use sudo, or name an administrator: { administrator: { user, password } }.',
      })
    }
    return new DatabaseError(symptom?.code ?? 'DATABASE_FAILED', {
      ...account,
      why: symptom?.why ?? `the command ended with exit code ${exitCode ?? 'unknown'}`,
      remedy: symptom?.remedy,
    })
  }
}

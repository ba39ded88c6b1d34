import { ask } from '../../command/command.js'
import { mapped, type Script, script, together } from '../../command/script.js'
import type { Database, EnsureResult } from '../../database/database.js'
import { NO_ADMINISTRATOR } from '../../database/kind.js'
import { DatabaseError } from '../../errors/database-error.js'
import { failureOf } from '../../errors/sudo-error.js'
import type { Step, StepOutcome } from '../step.js'

const none = script([], (): readonly string[] => [])
const present = { changed: false, reason: 'it is there' }

function outcome({ changed, reason }: EnsureResult, pendingMigrations: readonly string[]): StepOutcome {
  const note = `${reason}; pending migrations: ${pendingMigrations.length}`
  return { changed, note, learned: { pendingMigrations } }
}

/** The same, but when it stops for want of an administrator, somebody is asked for the password. */
function orAsking(
  sent: Script<StepOutcome>,
  retry: () => Promise<StepOutcome>,
): Script<StepOutcome | Promise<StepOutcome>> {
  const [first, ...others] = sent.commands
  if (!first) return sent
  return {
    ...sent,
    commands: [first.pausingAt(NO_ADMINISTRATOR), ...others],
    read: results => {
      const [ensured] = results
      if (ensured?.exitCode !== NO_ADMINISTRATOR) return sent.read(results)
      const error = sent.explain?.(failureOf(ensured), 0)
      const isDenied = error instanceof DatabaseError && error.code === 'DATABASE_ADMINISTRATOR_DENIED'
      if (error && !isDenied) throw error
      return retry()
    },
  }
}

/** Makes the database if it is not there, and asks which migrations are pending. */
export const ensureDatabase: Step = {
  name: 'ensure-database',
  title: 'make sure of the database',
  phase: 'beside',
  learns: ['pendingMigrations'],
  needs: ({ database }) => database?.needs ?? [],
  looksLong: true,
  skip: ({ options }) => (options.database ? undefined : 'there is no database'),
  look: ({ credentials, applicationPlace, options: { database, application } }) => {
    // an application that reads its migrations has been let into its database
    if (application)
      return mapped(application.lookAtMigrations(applicationPlace), names => outcome(present, names))
    return script([database?.lookCommand(credentials) ?? ask`true`], () => outcome(present, []))
  },
  script: ({ host, credentials, applicationPlace, options: { database, application } }) => {
    const pending = application?.pendingMigrations(applicationPlace) ?? none
    const ensured = (of: Database | undefined) =>
      mapped(
        together(of?.ensureScript(credentials) ?? script([], () => present), pending),
        ([result, names]) => outcome(result, names),
      )
    const authorised = database?.authorised
    return authorised
      ? orAsking(ensured(database), async () => host.perform(ensured(await authorised())))
      : ensured(database)
  },
}

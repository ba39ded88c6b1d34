import { ask } from '../../command/command.js'
import { mapped, script, together } from '../../command/script.js'
import type { EnsureResult } from '../../database/database.js'
import type { Step, StepOutcome } from '../step.js'

const none = script([], (): readonly string[] => [])
const present = { changed: false, reason: 'it is there' }

function outcome({ changed, reason }: EnsureResult, pendingMigrations: readonly string[]): StepOutcome {
  const note = `${reason}; pending migrations: ${pendingMigrations.length}`
  return { changed, note, learned: { pendingMigrations } }
}

/** Makes the database if it is not there, and asks which migrations are pending. */
export const ensureDatabase: Step = {
  name: 'ensure-database',
  title: 'make sure of the database',
  phase: 'beside',
  learns: ['pendingMigrations'],
  looksLong: true,
  skip: ({ options }) => (options.database ? undefined : 'there is no database'),
  look: ({ credentials, applicationPlace, options: { database, application } }) => {
    // an application that reads its migrations has been let into its database
    if (application)
      return mapped(application.lookAtMigrations(applicationPlace), names => outcome(present, names))
    return script([database?.lookCommand(credentials) ?? ask`true`], () => outcome(present, []))
  },
  script: ({ credentials, applicationPlace, options: { database, application } }) => {
    const ensured = database?.ensureScript(credentials) ?? script([], () => present)
    return mapped(
      together(ensured, application?.pendingMigrations(applicationPlace) ?? none),
      ([result, names]) => outcome(result, names),
    )
  },
}

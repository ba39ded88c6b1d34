import { mapped, script, together } from '../../command/script.js'
import type { Step } from '../step.js'

/** Makes the database if it is not there, and asks which migrations are pending. */
export const ensureDatabase: Step = {
  name: 'ensure-database',
  title: 'make sure of the database',
  phase: 'beside',
  learns: ['pendingMigrations'],
  skip: ({ options }) => (options.database ? undefined : 'there is no database'),
  script: ({ credentials, applicationPlace, options: { database, application } }) => {
    const none = script([], (): readonly string[] => [])
    const present = script([], () => ({ changed: false, reason: 'there is none' }))
    return mapped(
      together(
        database?.ensureScript(credentials) ?? present,
        application?.pendingMigrations(applicationPlace) ?? none,
      ),
      ([{ changed, reason }, pendingMigrations]) => ({
        changed,
        note: `${reason}; pending migrations: ${pendingMigrations.length}`,
        learned: { pendingMigrations },
      }),
    )
  },
}

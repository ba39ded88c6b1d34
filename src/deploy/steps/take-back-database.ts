import { script } from '../../command/script.js'
import type { StepContext } from '../context.js'
import type { Step } from '../step.js'
import { restoreDump } from './migrate-database.js'

function commandOf({ known, credentials, outgoingPlace, applicationPlace, options }: StepContext) {
  const { databaseBack } = known
  const { database, application } = options
  if (!databaseBack) return undefined
  if ('dump' in databaseBack) return database?.restoreCommand(databaseBack.dump, credentials)
  return application?.migrateBack?.(outgoingPlace, applicationPlace)
}

/** Brings the database back to what the older release knows. */
export const takeBackDatabase: Step = {
  name: 'take-back-database',
  title: 'bring the database back',
  phase: 'window',
  once: true,
  skip: ({ known }) => (known.databaseBack ? undefined : 'it stays as it is'),
  foresees: ({ known: { databaseBack } }) => ({
    migrated: databaseBack && 'migrations' in databaseBack ? databaseBack.migrations : [],
  }),
  script: context => {
    const { databaseBack } = context.known
    const command = commandOf(context)
    const migrated = databaseBack && 'migrations' in databaseBack ? databaseBack.migrations : []
    const note = databaseBack && 'dump' in databaseBack ? databaseBack.dump : migrated.join(', ')
    return script(command ? [command] : [], () => ({ changed: true, note, learned: { migrated } }))
  },
  undo: restoreDump,
}

import { ask, type Command } from '../../command/command.js'
import { script } from '../../command/script.js'
import type { StepContext } from '../context.js'
import type { Step } from '../step.js'

/** Exit code that says that the site is on. */
const ON = 96

/**
 * Brings the database back as it was dumped in this window, if nobody can have written since: before a first deploy there is
 * nobody; later on the server itself looks whether the site is still off, since it may be on before we have heard of it.
 */
export function restoreDump({
  options: { database, downtime },
  known: { dump, off },
  outgoing,
  credentials,
  layout: { maintenance },
}: StepContext): readonly Command[] {
  if (!database || !dump || downtime === 'never') return []
  const restore = database.restoreCommand(dump, credentials)
  if (outgoing === undefined) return [restore]
  return off ? [ask`[ -e ${maintenance} ] || exit ${ON}`.and(restore).accepting(ON)] : []
}

/** Brings the database to what the release needs, with the release's own code. */
export const migrateDatabase: Step = {
  name: 'migrate-database',
  title: 'migrate the database',
  phase: 'window',
  once: true,
  foresees: ({ known }) => ({ migrated: known.pendingMigrations ?? [] }),
  skip: ({ known }) => (known.pendingMigrations?.length ? undefined : 'no migration is pending'),
  foretell: ({ known }) =>
    script([], () => ({ changed: true, note: known.pendingMigrations?.join(', ') ?? '' })),
  script: ({ applicationPlace, known, options: { application } }) => {
    const migrated = known.pendingMigrations ?? []
    return script(application ? [application.migrate(applicationPlace)] : [], () => ({
      changed: true,
      note: migrated.join(', '),
      learned: { migrated },
    }))
  },
  conclude: contexts => {
    const migrated = contexts.find(({ known }) => known.migrated)?.known.migrated
    return migrated ? { migrated } : {}
  },
  undo: restoreDump,
}

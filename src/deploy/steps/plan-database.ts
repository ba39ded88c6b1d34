import { ask } from '../../command/command.js'
import { mapped, script } from '../../command/script.js'
import { ReleaseError } from '../../errors/release-error.js'
import type { StepContext } from '../context.js'
import type { Step } from '../step.js'

/** What becomes of the database in a rollback; see {@link RollbackOptions}. */
export type DatabaseChoice = 'keep' | 'restore' | 'migrate'

function findDump({ host, known, releaseName }: StepContext) {
  const dump = known.home?.journal.find(releaseName)?.dumpAfter
  const refused = (why: string) =>
    new ReleaseError('NO_DUMP', {
      what: `bring the database of ${releaseName} back`,
      host: host.name,
      why,
      remedy: "roll back with databaseBack: 'migrate', or with 'keep'.",
    })
  if (dump === undefined) throw refused('there is no dump of it from when that release was left')
  return script(
    [ask`[ -f ${dump} ] || exit 2; case ${dump} in *.gz) gzip -t -- ${dump} ;; esac`],
    () => ({ changed: false, note: dump, learned: { databaseBack: { dump } } }),
    failure => refused(failure.exitCode === 2 ? `its dump ${dump} is gone` : `its dump ${dump} is broken`),
  )
}

function findMigrations(context: StepContext) {
  const { outgoingPlace, applicationPlace, options } = context
  const beyond = options.application?.migrationsBeyond?.(outgoingPlace, applicationPlace)
  const none = { changed: false, note: 'there is no migration to take back' }
  if (!beyond) return script([], () => none)
  return mapped(beyond, migrations => {
    if (migrations.length === 0) return none
    return { changed: false, note: migrations.join(', '), learned: { databaseBack: { migrations } } }
  })
}

/** Sees to it, before anything is touched, that the database can be brought back to what the older release knows. */
export function planDatabase(choice: DatabaseChoice): Step {
  return {
    name: 'plan-database',
    title: 'see how the database can be brought back',
    phase: 'beside',
    once: true,
    learns: ['databaseBack'],
    skip: ({ options }) => {
      if (!options.database) return 'there is no database'
      return choice === 'keep' ? 'it stays as it is' : undefined
    },
    script: context => (choice === 'restore' ? findDump(context) : findMigrations(context)),
    conclude: contexts => {
      const databaseBack = contexts.find(({ known }) => known.databaseBack)?.known.databaseBack
      return databaseBack ? { databaseBack } : {}
    },
  }
}

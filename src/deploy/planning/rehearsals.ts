import { posix } from 'node:path'
import { ask, change } from '../../command/command.js'
import { type Script, script } from '../../command/script.js'
import type { StepContext } from '../context.js'
import { noteOf } from '../result.js'
import type { StepName } from '../step.js'
import { ensureDatabase } from '../steps/ensure-database.js'
import { fetchInto, placeOf } from '../steps/fetch-source.js'
import { linkCron } from '../steps/link-cron.js'
import { linkSettings } from '../steps/link-settings.js'
import { foretell, type Omen } from './foretelling.js'
import { newMigrationFiles, type Rehearsal } from './rehearsal.js'

/** What becomes of a step that is done in the directory of the plan. */
export type RehearsedStep = (context: StepContext, rehearsal: Rehearsal) => Promise<Omen>

/** Fetches into the directory of the plan, out of the mirror that is there. */
const fetched: RehearsedStep = async (context, rehearsal) => {
  await context.host.runAll([rehearsal.preparation])
  const outcome = await fetchInto({ ...placeOf(context), lender: rehearsal.lender }, context)
  return { what: 'change', note: outcome.note, outcome }
}

/** Asks whether there is such an environment; if not, that of the live release stands in for it. */
const environment: RehearsedStep = async ({ host, layout, releasePath, options: { virtualenv } }) => {
  if (!virtualenv) return { what: 'skip', note: 'there is no Python' }
  const { changed, reason, key, directory } = await host.perform(
    virtualenv.lookScript(releasePath, layout.virtualenvs),
  )
  const link = posix.join(releasePath, virtualenv.path)
  const standIn =
    directory === undefined
      ? ask`readlink -f -- ${posix.join(layout.live, virtualenv.path)} || :`
      : ask`echo ${directory}`
  await host.runAll([
    change`found=$(${standIn}); [ -z "$found" ] || { mkdir -p -- ${posix.dirname(link)} && ln -sfn -- "$found" ${link}; }`,
  ])
  const outcome = { changed, note: reason, learned: { virtualenv: key } }
  return { what: changed ? 'change' : 'nothing', note: reason, outcome }
}

/** Puts the settings in force there: it fails as the deploy would. */
const settings: RehearsedStep = async ({ host, applicationPlace, options: { application } }) => {
  const note = linkSettings.title
  if (application) await host.perform(application.linkSettings(applicationPlace))
  return { what: 'change', note }
}

/** Asks the application for its migrations; where that is not possible, those of files that are new are taken for pending. */
const migrations: RehearsedStep = async context => {
  const { host, layout, releasePath, options } = context
  if (!options.database) return { what: 'skip', note: 'there is no database' }
  const seen = await foretell(ensureDatabase, context)
  if (seen.outcome || !options.application) return seen
  const guessed = script([newMigrationFiles(releasePath, layout.live)], ([{ lines }]) => lines)
  const pendingMigrations = await host.perform(guessed)
  const note = `${seen.note}; new files of migrations: ${pendingMigrations.length}`
  return { what: 'unknown', note, outcome: { changed: true, note, learned: { pendingMigrations } } }
}

/** Cron files change if those in force are not as they should be, or if the new release has others. */
const cron: RehearsedStep = async context => {
  const { host, layout, releasePath } = context
  const now = await foretell(linkCron, context)
  if (now.what !== 'nothing') return now
  const differ = ask`diff -rq -- ${`${layout.live}/cron`} ${`${releasePath}/cron`} 2>/dev/null | wc -l`
  const count = await host.perform(script([differ], ([{ stdout }]) => Number(stdout)))
  return count === 0 ? now : { what: 'change', note: `${count} files differ from those of the live release` }
}

const REHEARSED: { readonly [Name in StepName]?: RehearsedStep } = {
  'fetch-source': fetched,
  'build-virtualenv': environment,
  'link-settings': settings,
  'ensure-database': migrations,
  'link-cron': cron,
}

/** How a step is rehearsed, if it is one of those; what fails there would fail in the deploy. */
export function rehearsed(name: string): RehearsedStep | undefined {
  const step = REHEARSED[name as StepName]
  if (!step) return undefined
  return async (context, rehearsal) => {
    try {
      return await step(context, rehearsal)
    } catch (error) {
      return { what: 'fail', note: noteOf(error), stops: true }
    }
  }
}

/** Prints what differs in requirement files, without the names of the files. */
export function requirementChanges(context: StepContext): Script<readonly string[]> {
  const { layout, releasePath, options } = context
  const files = options.virtualenv?.files ?? []
  const diff = (file: string) =>
    ask`diff -U0 -N -- ${`${layout.live}/${file}`} ${`${releasePath}/${file}`} 2>/dev/null`
  const all = files.map(diff).reduce((one, other) => ask`${one}; ${other}`, ask`:`)
  return script(
    [ask`{ ${all}; } | grep -E '^[-+]' | grep -vE '^([-]{3}|[+]{3}) ' || :`],
    ([{ lines }]) => lines,
  )
}

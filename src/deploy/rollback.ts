import { OptionError } from '../errors/option-error.js'
import { type DeployOptions, resolveOptions } from './options.js'
import type { DeployResult } from './result.js'
import { Run } from './runner.js'
import type { Step } from './step.js'
import { acquireLock } from './steps/acquire-lock.js'
import { checkBalancer } from './steps/check-balancer.js'
import { checkHealth } from './steps/check-health.js'
import { dumpDatabase } from './steps/dump-database.js'
import { agreeOnRelease, findRelease } from './steps/find-release.js'
import { joinBalancer } from './steps/join-balancer.js'
import { leaveBalancer } from './steps/leave-balancer.js'
import { linkCron } from './steps/link-cron.js'
import { type DatabaseChoice, planDatabase } from './steps/plan-database.js'
import { releaseLock } from './steps/release-lock.js'
import { reload } from './steps/reload.js'
import { retireProcesses } from './steps/retire-processes.js'
import { siteOff } from './steps/site-off.js'
import { siteOn } from './steps/site-on.js'
import { startProcesses } from './steps/start-processes.js'
import { switchRelease } from './steps/switch-release.js'
import { takeBackDatabase } from './steps/take-back-database.js'
import { testConfiguration } from './steps/test-configuration.js'

/** What to go back to, besides the options of the deploy. */
export interface RollbackOptions extends DeployOptions {
  /**
   * The release: its name, as {@link versions} lists it, or its revision, of which seven characters will do.
   *
   * @defaultValue the last good one that all hosts have
   */
  readonly to?: string
  /**
   * What becomes of the database, which is dumped in any case. `keep`: it stays as it is. `restore`: it is as it was when
   * that release was left, and what was written since is lost. `migrate`: migrations that the release does not know
   * are taken back with the newer code; one that cannot be taken back stops the rollback before anything is touched.
   * With the latter two the site is off meanwhile, unless `downtime` is `never`.
   *
   * @defaultValue `keep`
   */
  readonly databaseBack?: DatabaseChoice
}

/** A rollback, from top to bottom. */
export const rollbackOrder = ({ to, databaseBack = 'keep' }: Partial<RollbackOptions>): readonly Step[] => [
  { ...acquireLock, conclude: agreeOnRelease(to) },
  findRelease(to),
  checkBalancer,
  planDatabase(databaseBack),
  testConfiguration,
  startProcesses,
  siteOff,
  dumpDatabase,
  takeBackDatabase,
  leaveBalancer,
  switchRelease,
  reload,
  checkHealth,
  joinBalancer,
  siteOn,
  retireProcesses,
  linkCron,
  releaseLock,
]

/**
 * Makes an older release live again, on all hosts the same. The database is dumped first, and stays as it is unless
 * `databaseBack` says otherwise. The release that is left is marked as rolled back, so that a later rollback does not land on it.
 *
 * Like {@link deploy} it does not reject when it fails: what was live is live then.
 *
 * @throws {@link OptionError} for an option that cannot be used
 */
export function rollback(options: RollbackOptions): Promise<DeployResult> {
  const resolved = resolveOptions(options)
  if (options.databaseBack === 'migrate' && !options.application?.migrateBack) {
    throw new OptionError(
      'databaseBack',
      'the application cannot take migrations back',
      "use 'restore' or 'keep'.",
    )
  }
  return new Run({
    action: 'rollback',
    options: resolved,
    steps: rollbackOrder(options),
    hooks: {},
    replacements: new Map(),
  }).run()
}

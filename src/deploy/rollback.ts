import { type DeployOptions, resolveOptions } from './options.js'
import type { DeployResult } from './result.js'
import { Run } from './runner.js'
import type { Step } from './step.js'
import { acquireLock } from './steps/acquire-lock.js'
import { checkHealth } from './steps/check-health.js'
import { dumpDatabase } from './steps/dump-database.js'
import { findRelease } from './steps/find-release.js'
import { linkCron } from './steps/link-cron.js'
import { releaseLock } from './steps/release-lock.js'
import { reload } from './steps/reload.js'
import { switchRelease } from './steps/switch-release.js'
import { testConfiguration } from './steps/test-configuration.js'

/** What to go back to, besides the options of the deploy. */
export interface RollbackOptions extends DeployOptions {
  /** Name of the release, as {@link versions} lists it. @defaultValue the last good one */
  readonly to?: string
}

const stepsTo = (wanted: string | undefined): readonly Step[] => [
  acquireLock,
  findRelease(wanted),
  testConfiguration,
  dumpDatabase,
  switchRelease,
  reload,
  checkHealth,
  linkCron,
  releaseLock,
]

/**
 * Makes an older release live again. The database is dumped first, and stays as it is. The release that is
 * left is marked as rolled back, so that a later rollback does not land on it.
 *
 * Like {@link deploy} it does not reject when it fails: what was live is live then.
 *
 * @throws {@link OptionError} for an option that cannot be used
 */
export function rollback(options: RollbackOptions): Promise<DeployResult> {
  const resolved = resolveOptions(options)
  return new Run({
    action: 'rollback',
    options: resolved,
    steps: stepsTo(options.to),
    hooks: {},
    replacements: new Map(),
  }).run()
}

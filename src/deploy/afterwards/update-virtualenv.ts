import { OptionError } from '../../errors/option-error.js'
import { ReleaseError } from '../../errors/release-error.js'
import type { Known, StepContext } from '../context.js'
import { type DeployOptions, resolveOptions } from '../options.js'
import type { DeployResult } from '../result.js'
import { Run } from '../runner.js'
import { acquireLock } from '../steps/acquire-lock.js'
import { checkBalancer } from '../steps/check-balancer.js'
import { checkHealth } from '../steps/check-health.js'
import { joinBalancer } from '../steps/join-balancer.js'
import { leaveBalancer } from '../steps/leave-balancer.js'
import { rebuildVirtualenv } from '../steps/rebuild-virtualenv.js'
import { recordVirtualenv } from '../steps/record-virtualenv.js'
import { releaseLock } from '../steps/release-lock.js'
import { reload } from '../steps/reload.js'
import { retireProcesses } from '../steps/retire-processes.js'
import { switchVirtualenv } from '../steps/switch-virtualenv.js'

/** What is updated, besides the options of the deploy. */
export interface UpdateOptions extends DeployOptions {
  /** True: nothing is taken from the installer's cache. @defaultValue false */
  readonly fullRebuild?: boolean
}

/** The live release, the same on all hosts. */
function agreeOnLive(contexts: readonly StepContext[]): Known {
  const [first] = contexts
  const live = first?.outgoing
  const other = contexts.find(({ outgoing }) => outgoing === undefined || outgoing !== live)
  if (live !== undefined && !other) return { target: live }
  throw new ReleaseError('NO_SUCH_RELEASE', {
    what: 'update the virtualenv of the live release',
    host: (other ?? first)?.host.name,
    why:
      live === undefined
        ? 'nothing is live yet'
        : `${live} is not live there, but ${other?.outgoing ?? 'nothing'}`,
    remedy: 'deploy first.',
  })
}

/**
 * Brings the newest versions that the requirements allow to the live release, without a deploy: its virtualenv is built
 * anew, beside the one in use, then exchanged by one rename, and the web server reloaded. If the site is not well
 * afterwards, the virtualenv is that of before.
 *
 * Like {@link deploy} it does not reject when it fails. No hooks are run.
 *
 * @throws {@link OptionError} without a virtualenv, and for an option that cannot be used
 * @example
 * ```ts
 * const { outcome } = await updateVirtualenv(options)
 * ```
 */
export function updateVirtualenv(options: UpdateOptions): Promise<DeployResult> {
  if (!options.virtualenv) throw new OptionError('virtualenv', 'there is none to update')
  const { hooks, ...resolved } = resolveOptions(options)
  const unchanged: typeof reload = {
    ...reload,
    script: context => reload.script(context.knowing({ configurationChanged: false })),
  }
  return new Run({
    action: 'update',
    options: resolved,
    steps: [
      { ...acquireLock, conclude: agreeOnLive },
      checkBalancer,
      rebuildVirtualenv(options.fullRebuild ? 'fullRebuild' : 'force'),
      leaveBalancer,
      switchVirtualenv,
      unchanged,
      checkHealth,
      joinBalancer,
      recordVirtualenv,
      retireProcesses,
      releaseLock,
    ],
    hooks: {},
    replacements: new Map(),
  }).run()
}

import { OptionError } from '../errors/option-error.js'
import { type DeployOptions, resolveOptions } from './options.js'
import { order } from './order.js'
import type { DeployResult } from './result.js'
import { Run } from './runner.js'
import { acquireLock } from './steps/acquire-lock.js'
import { deleteProject } from './steps/delete-project.js'

/**
 * Deletes all that a project has on its hosts: releases, virtualenvs, the mirror of the repository, dumps, and what
 * releases share, uploads and private settings included; then deploys afresh. The site is gone meanwhile. The
 * database stays, its user gets a new password; to have it emptied, {@link cleanDatabase} before.
 *
 * Like {@link deploy} it does not reject when it fails; there is nothing to go back to then.
 *
 * @throws {@link OptionError} for the environment `production`, and for an option that cannot be used
 */
export function redeploy(options: DeployOptions): Promise<DeployResult> {
  if (options.environment === 'production') {
    throw new OptionError('environment', 'production is never deleted', 'deploy() it.')
  }
  const resolved = resolveOptions(options)
  const [first = acquireLock, ...others] = order
  return new Run({
    action: 'deploy',
    options: resolved,
    steps: [first, deleteProject, ...others],
    hooks: resolved.hooks ?? {},
    replacements: new Map(),
  }).run()
}

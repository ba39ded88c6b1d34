import { Deployment } from './deployment.js'
import type { DeployOptions } from './options.js'
import type { DeployResult } from './result.js'

/**
 * Brings a new release to servers, in the order of the README's list of steps.
 *
 * A deploy that fails does not reject: the `outcome` of its result tells whether the old release was ever
 * touched, the `error` tells why, and `exitCode` is for scripts.
 *
 * @throws {@link OptionError} for an option that cannot be used
 * @example
 * ```ts
 * const result = await deploy({
 *   project: 'carers',
 *   environment: 'production',
 *   hosts: [Host.ssh('deploy@web1.example.org')],
 *   source: git('git@git.example.org:carers.git').branch('main'),
 * })
 * process.exitCode = result.exitCode
 * ```
 */
export function deploy(options: DeployOptions): Promise<DeployResult> {
  return new Deployment(options).run()
}

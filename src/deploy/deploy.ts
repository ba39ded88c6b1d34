import { Deployment } from './deployment.js'
import type { DeployOptions } from './options.js'
import type { Plan } from './planning/plan.js'
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

/**
 * Finds out what a deploy would do, step by step and host by host, and does none of it: commits, pending migrations,
 * requirements that change, whether the site would be off. Servers are only asked; what the new release would be like is
 * tried in a temporary directory, which is gone afterwards. Your hooks are told, not called, and nobody is asked.
 *
 * @throws {@link OptionError} for an option that cannot be used
 * @throws {@link ConnectionError} when a host cannot be reached
 * @example
 * ```ts
 * console.log(planText(await plan(options)))
 * ```
 */
export function plan(options: DeployOptions): Promise<Plan> {
  return new Deployment(options).plan()
}

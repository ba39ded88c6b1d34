import { type DeployOptions, git, HaProxy, Host, Release } from 'dye-deploy'
import { REPOSITORY } from '../support/carers.js'
import type { By } from './site.js'

/** When a fault comes: while a hook before the step waits, in the midst of the step, or made by the step itself. */
export type Moment = 'before' | 'during' | 'inside'

/** How a deployer reaches a server. */
export interface Login {
  readonly address: string
  readonly identityFile: string
  readonly knownHosts: string
}

/** What a deployer is to do, and where it has to stumble; it gets this as JSON. */
export interface Orders {
  readonly servers: readonly Login[]
  /** The balancer before them, if there is one. */
  readonly balancer?: Login
  readonly action: 'deploy' | 'rollback'
  /** What serves the site; `nothing`: it is files only, behind a balancer. */
  readonly by: By | 'nothing'
  readonly tag: string
  /** Name of the release to roll back to. */
  readonly to?: string
  readonly step?: string
  readonly moment: Moment
  /** Address of the host that the step fails on. */
  readonly failsOn?: string
  /** A secret, which the hook uses. */
  readonly secret: string
}

/** What HAProxy calls three servers. */
export const BACKEND = 'plain'

/** Milliseconds of silence that a deployer is asked to bear; three times. */
export const KEEPALIVE_MS = 3_000

/** Hosts that notice within seconds that nobody answers. */
export function hostOf({ address, identityFile, knownHosts }: Login): Host {
  const limits = { keepalive: KEEPALIVE_MS, connectTimeout: KEEPALIVE_MS }
  return Host.ssh(`deploy@${address}`, { identityFile, knownHosts, ...limits })
}

/** Options that deploy the files of the fixture, and nothing else, to servers behind HAProxy, in turns. */
export function plainOptions(hosts: readonly Host[], balancer: Host, tag: string): DeployOptions {
  return {
    ...{ project: 'plain', environment: 'production', hosts },
    balancer: HaProxy.on(balancer, { backend: BACKEND }),
    source: git(REPOSITORY).tag(tag),
    release: Release.under('/var/django').layout('capistrano'),
  }
}

/** What a deployer says, a line of JSON each. */
export type Saying =
  /** It is where the fault has to come. */
  | { readonly type: 'there' }
  /** Nothing is done for the step. */
  | { readonly type: 'skipped' }
  | {
      readonly type: 'result'
      readonly outcome: string
      readonly exitCode: number
      readonly release: string
      /** Code of the error, if it is of ours. */
      readonly code: string | undefined
      readonly hosts: readonly { readonly outcome: string; readonly release: string | undefined }[]
      /** All that can be seen of the result. */
      readonly text: string
    }
  /** What should not happen. */
  | { readonly type: 'unhandled'; readonly text: string }
  | { readonly type: 'event'; readonly text: string }

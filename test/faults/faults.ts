import type { TestServer } from '../support/test-server.js'
import type { DeployerProcess } from './deployer-process.js'
import type { Moment } from './orders.js'

/** A way in which a deploy can be met by misfortune. */
export interface Fault {
  /** When it can come. */
  readonly moments: readonly Moment[]
  /** Brings it about. */
  strike(deployer: DeployerProcess, server: TestServer): Promise<unknown> | unknown
  /** Ends it, when the deployer has ended. */
  mend?(server: TestServer): Promise<unknown>
  /** Milliseconds within which the deployer has ended. */
  readonly deployerMs: number
  /** Milliseconds after which the server is as it should be. */
  readonly serverMs: number
  /** What cannot be known in the end: how it went, since the deployer is dead, or may be; or how it did on the server. */
  readonly unknown?: 'result' | 'moment' | 'server'
  /** True: clients are cut off, too. */
  readonly isOutage?: boolean
}

const MS = { deployerMs: 15_000, serverMs: 10_000 }
const ANY: readonly Moment[] = ['before', 'during']

/** All of them, by name. */
export const faults = {
  'kill -9': { ...MS, moments: ANY, strike: deployer => deployer.kill('SIGKILL'), unknown: 'result' },
  SIGTERM: { ...MS, moments: ANY, strike: deployer => deployer.kill('SIGTERM') },
  AbortSignal: { ...MS, moments: ANY, strike: deployer => deployer.tell('abort') },
  'connection reset': {
    ...{ ...MS, moments: ANY },
    strike: async (deployer, server) => {
      await server.cut('reset')
      deployer.tell('go')
    },
  },
  silence: {
    ...{ moments: ANY, deployerMs: 60_000, serverMs: 45_000, unknown: 'server', isOutage: true },
    strike: async (deployer, server) => {
      await server.cut('drop')
      deployer.tell('go')
    },
    mend: server => server.mend(),
  },
  'failing command': { ...MS, moments: ['inside'], strike: () => {} },
  'power cut': {
    ...{ ...MS, deployerMs: 30_000, moments: ANY, unknown: 'server', isOutage: true },
    strike: async (deployer, server) => {
      await server.kill()
      await server.mend()
      deployer.tell('go')
    },
  },
} as const satisfies Readonly<Record<string, Fault>>

export type FaultName = keyof typeof faults

export const faultNames = Object.keys(faults) as readonly FaultName[]

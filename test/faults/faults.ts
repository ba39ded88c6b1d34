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
  /** What is to come of it, for people. */
  readonly expected: string
}

const MS = { deployerMs: 30_000, serverMs: 30_000 }
const ANY: readonly Moment[] = ['before', 'during']
const CANCELLED = 'it is taken back; cancelled'

/** All of them, by name. */
export const faults = {
  'kill -9': {
    ...{ ...MS, moments: ANY, unknown: 'result', expected: 'the server puts itself back' },
    strike: deployer => deployer.kill('SIGKILL'),
  },
  SIGTERM: {
    ...{ ...MS, moments: ANY, expected: CANCELLED },
    strike: deployer => deployer.kill('SIGTERM'),
  },
  AbortSignal: {
    ...{ ...MS, moments: ANY, expected: CANCELLED },
    strike: deployer => deployer.tell('abort'),
  },
  'connection reset': {
    ...{ ...MS, moments: ANY, expected: 'the server puts itself back, and the deployer finds out' },
    strike: async (deployer, server) => {
      await server.cut('reset')
      deployer.tell('go')
    },
  },
  silence: {
    ...{ moments: ANY, deployerMs: 90_000, serverMs: 75_000, unknown: 'server', isOutage: true },
    expected: 'noticed on both sides within half a minute; the server puts itself back',
    strike: async (deployer, server) => {
      await server.cut('drop')
      deployer.tell('go')
    },
    mend: server => server.mend(),
  },
  'failing command': {
    ...{ ...MS, moments: ['inside'], expected: 'it is taken back, and the error is told' },
    strike: () => {},
  },
  'power cut': {
    ...{ ...MS, moments: ANY, unknown: 'server', isOutage: true },
    expected: 'the deployer takes back what was begun',
    strike: async (deployer, server) => {
      await server.kill()
      await server.mend()
      deployer.tell('go')
    },
  },
} as const satisfies Readonly<Record<string, Fault>>

export type FaultName = keyof typeof faults

export const faultNames = Object.keys(faults) as readonly FaultName[]

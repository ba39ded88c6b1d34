import type { TestServer } from '../support/test-server.js'
import { type DeployerEnd, DeployerProcess } from './deployer-process.js'
import type { Fault } from './faults.js'
import type { Ledger } from './invariants.js'
import type { Moment, Orders } from './orders.js'

/** A fault at a step. */
export interface Case {
  readonly action: 'deploy' | 'rollback'
  readonly step: string
  readonly moment: Moment
}

/** What is deployed to, whatever it is. */
export interface Place {
  /** Name of the release of version 1. */
  readonly first: string
  /** The server that the fault comes to. */
  readonly struck: TestServer
  /** What a deployer has to know of it. */
  readonly orders: Pick<Orders, 'servers' | 'balancer' | 'by' | 'secret'>
  /** Waits until all is well, or a time is over. */
  settled(limitMs: number): Promise<unknown>
}

/** How it went. */
export interface Encounter {
  readonly deployer: DeployerProcess
  readonly end: DeployerEnd
  /** False: there was nothing to do for the step, so that the fault was not met. */
  readonly isThere: boolean
}

/** Lets a deployer of version 2, or one who goes back to version 1, meet a fault, and waits until all is well again. */
export async function encounter(
  place: Place,
  fault: Fault,
  { action, step, moment }: Case,
  ledger: Ledger,
): Promise<Encounter> {
  const { struck } = place
  const deployer = new DeployerProcess({
    ...{ ...place.orders, action, step, moment },
    ...(action === 'rollback' ? { tag: 'v1', to: place.first } : { tag: 'v2' }),
    ...(moment === 'inside' && { failsOn: struck.address }),
  })
  const isThere = await deployer.there
  if (isThere) await fault.strike(deployer, struck)
  else ledger.check('there is nothing to do', deployer.skipped, () => deployer.output.slice(-1000))
  const end = await deployer.end(fault.deployerMs)
  await fault.mend?.(struck)
  const since = performance.now()
  await place.settled(fault.serverMs)
  ledger.settledMs = performance.now() - since
  return { deployer, end, isThere }
}

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestServer } from '../test/support/test-server.js'
import { printTable, ratio, Series } from './measure.js'
import { installDeployer, pageOf, sshOptions, startServer, TAG, timed } from './site.js'

const ROUND_TRIPS_MS = [0, 25, 100]

/** More than are kept: from then on every deploy has one to prune. */
const WARM_UP = 7

/** The lines of the table: who deploys. */
const WAYS = ['one script by hand', 'dye-deploy', 'dye-deploy, a hook on every step'] as const
type Way = (typeof WAYS)[number]

/** What a deploy cost. */
interface Cost {
  readonly ms: number
  /** Without the start of Node, for those that have one. */
  readonly ownMs: number
  readonly roundTrips?: number
  readonly connections?: number
  readonly cpuMs?: number
  readonly startUpCpuMs?: number
  readonly maxRssMb?: number
}

class Column {
  readonly all = new Series()
  readonly own = new Series()
  readonly cpu = new Series()
  readonly memory = new Series()
  last: Cost | undefined

  add(cost: Cost): void {
    this.last = cost
    this.all.add(cost.ms)
    this.own.add(cost.ownMs)
    if (cost.cpuMs !== undefined) this.cpu.add(cost.cpuMs)
    if (cost.maxRssMb !== undefined) this.memory.add(cost.maxRssMb)
  }
}

async function deployers(server: TestServer, directory: string): Promise<(way: Way) => Promise<Cost>> {
  const file = await installDeployer(directory)
  const script = await readFile(new URL('by-hand.sh', import.meta.url), 'utf8')
  const { address, identityFile, knownHosts } = server
  const byHand = async (): Promise<Cost> => {
    const { ms, stdout } = await timed('ssh', [...sshOptions(server), `deploy@${address}`, 'sh -s'], script)
    if (!stdout.endsWith(' is live')) throw new Error(`the script by hand said ${stdout}`)
    return { ms, ownMs: ms, connections: 1 }
  }
  const ours = async (withHooks: boolean): Promise<Cost> => {
    const options = JSON.stringify({ address, identityFile, knownHosts, tag: TAG, withHooks })
    const { ms, stdout } = await timed(process.execPath, [file, options])
    const { startUpMs, ...cost } = JSON.parse(stdout)
    if (cost.outcome !== 'deployed' || cost.called < (withHooks ? 20 : 0)) throw new Error(stdout)
    if (cost.slowest) {
      const { deployMs, loadMs, slowest } = cost
      const rest = `Node ${startUpMs.toFixed(0)}, load ${loadMs.toFixed(0)}, deploy ${deployMs.toFixed(0)}`
      console.log(`${ms.toFixed(0)} ms: ${rest}: ${slowest.join(', ')}`)
    }
    return { ms, ownMs: ms - startUpMs, ...cost }
  }
  return way => (way === WAYS[0] ? byHand() : ours(way === WAYS[2]))
}

/** Compares warm deploys: the same site, nothing new to fetch, no migration pending, one release to prune. */
export async function benchDeploys(runs: number): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'dye-bench-'))
  const server = await startServer(directory)
  try {
    const deployBy = await deployers(server, directory)
    for (let run = 0; run < WARM_UP; run += 1) {
      await deployBy(WAYS[0])
      await deployBy(run < 2 ? WAYS[2] : WAYS[1])
    }
    const rows: string[][] = [
      [
        'round trip',
        'who',
        'median (range)',
        'ratio',
        'without Node’s start',
        'trips',
        'connections',
        'CPU',
        'memory',
      ],
    ]
    for (const roundTripMs of ROUND_TRIPS_MS) {
      if (roundTripMs > 0) await server.delay(roundTripMs / 2)
      const columns = new Map(WAYS.map(way => [way, new Column()]))
      for (let run = 0; run < runs; run += 1) {
        for (const way of WAYS) columns.get(way)?.add(await deployBy(way))
      }
      const hand = columns.get(WAYS[0]) ?? new Column()
      for (const [way, { all, own, cpu, memory, last }] of columns) {
        const isOurs = way !== WAYS[0]
        rows.push([
          `${roundTripMs} ms`,
          way,
          all.seconds,
          ratio(all, hand.all),
          isOurs ? ratio(own, hand.own) : '',
          String(last?.roundTrips ?? ''),
          String(last?.connections ?? ''),
          isOurs ? `${cpu.median.toFixed(0)} ms (Node alone ${last?.startUpCpuMs?.toFixed(0)})` : '',
          isOurs ? `${memory.highest.toFixed(0)} MB` : '',
        ])
      }
    }
    await server.mend()
    for (const project of ['carers', 'byhand']) {
      const page = await pageOf(server, project)
      const { stdout } = await server.exec(`ls /var/django/${project}/previous | wc -l`)
      if (page !== 'carers version 2' || stdout !== '6')
        throw new Error(`${project}: ${page}, ${stdout} releases`)
    }
    printTable(rows)
  } finally {
    await server.stop()
    await rm(directory, { recursive: true, force: true })
  }
}

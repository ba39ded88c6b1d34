import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type DeployResult, deploy, type Host, rollback } from 'dye-deploy'
import { haProxyConfiguration, haProxyStates } from '../support/balanced.js'
import { REPOSITORY } from '../support/carers.js'
import { ProjectRepository } from '../support/project-repository.js'
import { TestServer } from '../support/test-server.js'
import type { Place } from './encounter.js'
import { BACKEND, hostOf, plainOptions } from './orders.js'
import { entriesOf, loginOf, type Tag } from './site.js'

/** The file that visitors ask for, by which they can tell the version. */
export const PAGE = '/deploy/pip_packages.txt'

/** The secret that hooks use. */
export const SECRET = 'canary-0'

const NGINX = `server {
  listen 80 default_server;
  location / { root /var/django/plain/current; }
}
`

const LOOK = `cd /var/django/plain
basename "$(readlink current)"
flock -n .dye/lock echo free || echo held
cat current${PAGE} | tr '\\n' '|'; echo
cat .dye/journal.jsonl`

/** What is on one of three servers, seen by root and not by us. */
export interface LookAtOne {
  readonly release: string
  readonly live: Tag | 'not whole'
  readonly isLockFree: boolean
  /** Releases that the journal calls live: one. */
  readonly said: string
  /** What the balancer thinks of it; `UP` is well. */
  readonly state: string
}

/** Three servers with the files of the fixture, behind HAProxy on a fourth: version 1 is live. */
export class ThreeServers implements AsyncDisposable, Place {
  private constructor(
    readonly servers: readonly TestServer[],
    readonly balancer: TestServer,
    private readonly hosts: readonly Host[],
    private readonly directory: string,
    /** Name of the release of version 1. */
    public first: string,
  ) {}

  static async start(): Promise<ThreeServers> {
    const directory = await mkdtemp(join(tmpdir(), 'dye-faults-'))
    const [balancer, ...servers] = await Promise.all([
      TestServer.start(),
      ...[1, 2, 3].map(() => TestServer.start({ with: ['nginx'] })),
    ])
    const repository = await ProjectRepository.create(join(directory, 'project'))
    await repository.version2()
    for (const server of servers) {
      await repository.pushTo(server, REPOSITORY)
      await server.writeFile('/etc/nginx/sites-enabled/default', NGINX)
      await server.exec('nginx -s reload')
    }
    const configuration = haProxyConfiguration(servers, { backend: BACKEND, path: PAGE })
    await balancer.writeFile('/etc/haproxy/haproxy.cfg', configuration)
    await balancer.exec('systemctl start haproxy')
    const hosts = [...servers, balancer].map(server => hostOf(loginOf(server)))
    const three = new ThreeServers(servers, balancer, hosts, directory, '')
    await three.renew()
    return three
  }

  get orders(): Place['orders'] {
    const [servers, balancer] = [this.servers.map(loginOf), loginOf(this.balancer)]
    return { servers, balancer, by: 'nothing', secret: SECRET }
  }

  /** Neither the first nor the last that is switched. */
  get struck(): TestServer {
    const [, one] = this.servers
    if (!one) throw new Error('there are three')
    return one
  }

  async look(): Promise<readonly LookAtOne[]> {
    const states = await haProxyStates(this.balancer, BACKEND)
    return Promise.all(
      this.servers.map(async (server, index) => {
        const { stdout } = await server.exec(LOOK, { reject: false })
        const [release = '', lock, text = '', ...lines] = stdout.split('\n')
        const said = entriesOf(lines).filter(({ status }) => status === 'live')
        return {
          ...{ release, isLockFree: lock === 'free', said: said.map(each => each.release).join() },
          live: versionOfFile(text.split('|').join('\n')) ?? 'not whole',
          state: states[index]?.status ?? 'unknown',
        }
      }),
    )
  }

  /** Looks until nothing of ours runs any more, and all are well, or a time is over. */
  async settled(limitMs: number): Promise<void> {
    const end = performance.now() + limitMs
    const isSettled = async () =>
      (await this.look()).every(({ isLockFree, state }) => isLockFree && state === 'UP')
    while (!(await isSettled()) && performance.now() < end) await pause(100)
  }

  deploy(tag: Tag): Promise<DeployResult> {
    return deploy(this.#options(tag))
  }

  goBack(): Promise<DeployResult> {
    return rollback({ ...this.#options('v1'), to: this.first })
  }

  /** Makes the release of version 1 a young one, so that it is not pruned. */
  async renew(): Promise<void> {
    const { release, error } = await this.deploy('v1')
    if (error) throw error
    this.first = release
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.hosts.map(host => host.close()))
    await Promise.all([...this.servers, this.balancer].map(server => server.stop()))
    await rm(this.directory, { recursive: true, force: true })
  }

  #options(tag: Tag) {
    const [balancer] = this.hosts.slice(-1)
    if (!balancer) throw new Error('there is no balancer')
    return plainOptions(this.hosts.slice(0, -1), balancer, tag)
  }
}

/** Which version a visitor's file is of. */
export function versionOfFile(text: string): Tag | undefined {
  const [, version] = /^greeting==([12])\.0$/m.exec(text) ?? []
  return version === '1' ? 'v1' : version === '2' ? 'v2' : undefined
}

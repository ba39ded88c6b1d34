/**
 * A deployer of servers behind HAProxy that kills itself right after a step on one of them: a program of its own.
 * Argument: JSON with the servers, the balancer last; tag, step, and the address of the server.
 */
import { deploy } from 'dye-deploy'
import { balanced, hostsOf, type Login } from './balanced.js'

interface Orders {
  readonly servers: readonly Login[]
  readonly tag: string
  readonly step: string
  readonly address: string
}

const { servers, tag, step, address }: Orders = JSON.parse(process.argv[2] ?? '{}')
const hosts = hostsOf(servers)
const balancer = hosts.at(-1)
if (!balancer) throw new Error('there is no balancer')
await deploy(
  balanced(hosts.slice(0, -1), balancer, tag, {
    hooks: {
      after: {
        [step]: ({ host }: { readonly host: { readonly name: string } }) => {
          if (host.name.endsWith(address)) process.kill(process.pid, 'SIGKILL')
        },
      },
    },
  }),
)
console.log('it is still alive')

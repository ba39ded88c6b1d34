import { type DeployOptions, HaProxy, type HaProxyOptions, Host, WebServer } from 'dye-deploy'
import { BY_NGINX, carers } from './carers.js'
import type { TestServer } from './test-server.js'

/** What has to be known of a test server to log in. */
export type Login = Pick<TestServer, 'address' | 'identityFile' | 'knownHosts'>

/** HAProxy's configuration for a site on servers, which are well if they answer at a path. A request that fails is not tried again. */
export function haProxyConfiguration(
  servers: readonly Pick<Login, 'address'>[],
  { backend = 'carers', path = '/version' } = {},
): string {
  const lines = servers.map(({ address }, index) => `  server web${index + 1} ${address}:80\n`)
  return `global
  stats socket /run/haproxy/admin.sock mode 660 level admin
  user haproxy
  group haproxy
defaults
  mode http
  retries 0
  timeout connect 2s
  timeout client 30s
  timeout server 30s
frontend site
  bind :80
  default_backend ${backend}
backend ${backend}
  option httpchk
  http-check send meth GET uri ${path} hdr Host carers.test
  default-server check inter 300ms fall 3 rise 1
${lines.join('')}`
}

/** What HAProxy thinks of the servers of a backend, and how many requests it has sent to each, in all and now. */
export async function haProxyStates(
  balancer: TestServer,
  backend = 'carers',
): Promise<readonly { readonly status: string; readonly requests: number; readonly now: number }[]> {
  const said = await haProxySays(balancer, `show stat ${backend} 4 -1`)
  const [columns = [], ...rows] = said
    .split('\n')
    .map(line => line.split(','))
    .filter(({ length }) => length > 1)
  const value = (row: readonly string[], column: string) => row[columns.indexOf(column)] ?? ''
  return rows.map(row => ({
    status: value(row, 'status'),
    requests: Number(value(row, 'stot')),
    now: Number(value(row, 'scur')),
  }))
}

/** Says something to HAProxy, and tells what it answers. */
export async function haProxySays(balancer: TestServer, words: string): Promise<string> {
  const ask = `echo '${words}' | socat - UNIX-CONNECT:/run/haproxy/admin.sock`
  return (await balancer.exec(ask)).stdout
}

/** Options that deploy a tag of the fixture, without its database, to servers behind HAProxy, one at a time. */
export function balanced(
  hosts: readonly Host[],
  balancer: Host,
  tag: string,
  { haProxy, ...more }: Partial<DeployOptions> & { readonly haProxy?: Partial<HaProxyOptions> } = {},
): DeployOptions {
  const [first] = hosts
  if (!first) throw new Error('there are no hosts')
  const { database, ...options } = carers(first, tag, BY_NGINX)
  return {
    ...options,
    environment: 'staging',
    hosts,
    webServer: WebServer.nginx('nginx/production.conf').check('http://carers.test/well'),
    balancer: HaProxy.on(balancer, { backend: 'carers', ...haProxy }),
    ...more,
  }
}

/** Hosts as `deploy` logs in to them. */
export function hostsOf(logins: readonly Login[]): readonly Host[] {
  return logins.map(({ address, identityFile, knownHosts }) =>
    Host.ssh(`deploy@${address}`, { identityFile, knownHosts }),
  )
}

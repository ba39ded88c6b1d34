import { posix } from 'node:path'
import type { Machine } from '../machine/machine.js'
import { faultOf } from './app-programs.js'

const HEADER = /^X-Dye-Check: (.+)$/m

const SITES = [
  ...['/etc/apache2/sites-enabled', '/etc/httpd/conf.d'],
  ...['/etc/nginx/sites-enabled', '/etc/nginx/conf.d'],
]

const GUARDS = ['/etc/apache2/conf-enabled', '/etc/httpd/conf.d', '/etc/nginx/dye']

/** The socket of what is asked for pages: by nginx, or by Apache. */
const UPSTREAM =
  /\b(?:proxy_pass\s+https?:\/\/|uwsgi_pass\s+)unix:([^;:\s]+)|\bProxyPass\s+"?\/"?\s+"?unix:([^|"\s]+)/

const SCRIPT = /\bWSGIScriptAlias\s+\/\s+"?([^"\s]+)/

function textsIn({ files }: Machine, places: readonly string[]): readonly string[] {
  const paths = places.flatMap(place => (files.list(place) ?? []).map(name => `${place}/${name}`))
  return paths.flatMap(path => files.tryRead(path) ?? [])
}

/** True while a guard shows the maintenance page; a request with its token is let past. */
function isOff(machine: Machine, headers: string): boolean {
  const passes = HEADER.exec(headers)?.[1]?.trim()
  return textsIn(machine, GUARDS).some(guard => {
    const [, file = ''] = /-f ["']([^"']+)["']/.exec(guard) ?? []
    const isThere = file !== '' && machine.files.peek(file) !== undefined
    return isThere && !(passes !== undefined && guard.includes(passes))
  })
}

/** What the web server has of the site of a name, else of any; comments left out. */
function siteOf(machine: Machine, host: string): string {
  const sites = textsIn(machine, SITES).map(text => text.replace(/^\s*#.*$/gm, ''))
  const names = (text: string) =>
    [...text.matchAll(/\b(?:server_name|ServerName|ServerAlias)\s+([^;\n]+)/g)].join(' ').split(/[\s,"]+/)
  return sites.find(text => names(text).includes(host)) ?? sites[0] ?? ''
}

/** How a site answers on a server in memory: as its configuration, and what that leads to, say. */
export function statusOf(machine: Machine, host: string, headers: string): number {
  if (isOff(machine, headers)) return 503
  const site = siteOf(machine, host)
  const [, byNginx, byApache] = UPSTREAM.exec(site) ?? []
  const socket = byNginx ?? byApache
  const { files } = machine
  if (socket !== undefined) return files.listens(socket) ? 200 : 502
  const [, script] = SCRIPT.exec(site) ?? []
  if (script === undefined) return 200
  const text = files.tryRead(script)
  if (text === undefined) return 404
  return faultOf(text, posix.basename(script)) === undefined ? 200 : 500
}

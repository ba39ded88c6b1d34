import type { Process, Program } from '../shell/process.js'
import { wordsOf } from './words.js'

const WEB_SERVERS = ['apache2', 'httpd', 'nginx']

const HEADER = /^X-Dye-Check: (.+)$/m

/** How a site answers on a server in memory: as its project's files say. */
function statusOf(process: Process, headers: string): number {
  const { files } = process.machine
  const guards = ['/etc/apache2/conf-enabled', '/etc/httpd/conf.d', '/etc/nginx/dye'].flatMap(place =>
    [...files.walk(place)].flatMap(([path, node]) => (node.kind === 'file' ? [files.read(path)] : [])),
  )
  const passes = HEADER.exec(headers)?.[1]
  for (const guard of guards) {
    const [, file = ''] = /-f ["']([^"']+)["']/.exec(guard) ?? []
    const isOff = file !== '' && files.peek(file) !== undefined
    if (isOff && !(passes !== undefined && guard.includes(passes.trim()))) return 503
  }
  return 200
}

/** `curl`, for a site on the server itself. */
export const curl: Program = process => {
  const { value, all, operands } = wordsOf(process, 's S D= H= connect-to= insecure max-time= noproxy= o= w=')
  const active = process.machine.parts.services.active.some(({ program }) => WEB_SERVERS.includes(program))
  if (!active) return process.fail(`(7) Failed to connect to ${operands[0]}: Connection refused`, 7)
  const headers = all('H').map(each => (each.startsWith('@') ? (process.content(each.slice(1)) ?? '') : each))
  const status = statusOf(process, headers.join('\n'))
  const page = status === 200 ? 'in memory\n' : 'maintenance\n'
  const heads = value('D')
  if (heads !== undefined)
    process.files.write(heads, `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\n\r\n`)
  const file = value('o')
  if (file !== undefined) process.files.write(file, page)
  else process.out(page)
  process.out((value('w') ?? '').replaceAll('%{http_code}', String(status)).replaceAll('\\n', '\n'))
  return 0
}

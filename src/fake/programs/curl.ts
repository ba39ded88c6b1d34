import type { Process, Program } from '../shell/process.js'
import { statusOf } from './sites.js'
import { type Words, wordsOf } from './words.js'

const WEB_SERVERS = ['apache2', 'httpd', 'nginx']

const PAGES: Readonly<Record<number, string>> = { 200: 'in memory\n', 503: 'maintenance\n' }

/** The status that a site, or who listens on a socket, answers with; undefined if nobody does. */
function answered(process: Process, { value, all, operands }: Words): number | undefined {
  const { machine, files } = process
  const socket = value('unix-socket')
  if (socket !== undefined) return files.listens(socket) ? 200 : undefined
  if (!machine.parts.services.active.some(({ program }) => WEB_SERVERS.includes(program))) return undefined
  const headers = all('H').map(each => (each.startsWith('@') ? (process.content(each.slice(1)) ?? '') : each))
  const url = operands[0] ?? ''
  return statusOf(machine, URL.canParse(url) ? new URL(url).hostname : url, headers.join('\n'))
}

/** `curl`, for a site on the server itself, or a socket. */
export const curl: Program = process => {
  const words = wordsOf(process, 's S D= H= connect-to= insecure max-time= noproxy= o= unix-socket= w=')
  const { value, operands } = words
  const status = answered(process, words)
  const tell = (code: string) =>
    process.out((value('w') ?? '').replaceAll('%{http_code}', code).replaceAll('\\n', '\n'))
  if (status === undefined) {
    tell('000')
    return process.fail(`(7) Failed to connect to ${operands[0]}: Connection refused`, 7)
  }
  const page = PAGES[status] ?? `${status}\n`
  const heads = value('D')
  if (heads !== undefined)
    process.files.write(heads, `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\n\r\n`)
  const file = value('o')
  if (file !== undefined) process.files.write(file, page)
  else process.out(page)
  tell(String(status))
  return 0
}

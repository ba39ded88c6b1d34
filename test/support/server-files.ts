import { expect } from 'vitest'
import type { TestServer } from './test-server.js'

/** What programs write that have nothing to do with us: logs, who is logged in, the databases' own files. */
const ELSEWHERE = [
  '/proc',
  '/sys',
  '/dev',
  '/run',
  '/var/log',
  '/var/lib/mysql',
  '/var/lib/systemd',
  '/tmp/systemd-private-*',
]

/** Every path of the server, or of what is not its programs, with all that can change about it but the time of the directory for temporary files. */
async function everything(server: TestServer, whole: boolean): Promise<ReadonlySet<string>> {
  const prune = [...ELSEWHERE, ...(whole ? [] : ['/usr'])].map(path => `-path '${path}'`).join(' -o ')
  const list = `find / \\( ${prune} \\) -prune -o ! -path /tmp -printf '%p %y %m %u %s %T@ %C@ %l\\n'`
  return new Set((await server.exec(list)).stdout.split('\n'))
}

/** Does something, and proves that no file of the server is another one afterwards. */
export async function changingNothing<T>(
  server: TestServer,
  act: () => Promise<T>,
  { whole = false } = {},
): Promise<T> {
  const before = await everything(server, whole)
  const done = await act()
  const after = await everything(server, whole)
  expect([...after].filter(line => !before.has(line))).toEqual([])
  expect([...before].filter(line => !after.has(line))).toEqual([])
  return done
}

import { ask, type Command, change } from '../command/command.js'
import { type Script, script } from '../command/script.js'
import { BalancerError } from '../errors/balancer-error.js'
import { type BackendState, backendState } from './haproxy-answers.js'

/** Exit codes of our own: there is no socket, or nothing to speak to it with. */
const NO_SOCKET = 69
const NO_PROGRAM = 70

const SPEAK = `
import socket, sys
with socket.socket(socket.AF_UNIX) as line:
    line.settimeout(10)
    line.connect(sys.argv[1])
    line.sendall((sys.argv[2] + '\\n').encode())
    sys.stdout.write(line.makefile().read())
`

const REMEDY =
  'the section "global" of haproxy.cfg needs "stats socket … level admin"; name its path as `socket`.'

/** Says something to HAProxy through its socket, and prints what it answers. */
function said(make: typeof ask, socket: string, words: string): Command {
  return make`
    root=; [ -w ${socket} ] || [ "$(id -u)" = 0 ] || root="sudo -n"
    $root test -S ${socket} || { [ -z "$root" ] || $root true || exit; exit ${NO_SOCKET}; }
    if command -v python3 >/dev/null; then $root python3 -c ${SPEAK} ${socket} ${words}
    elif command -v socat >/dev/null; then echo ${words} | $root socat -t 10 - ${`UNIX-CONNECT:${socket}`}
    else exit ${NO_PROGRAM}; fi`
}

/** Makes servers ready, whatever HAProxy answers to that. */
export function makeReady(socket: string, backend: string, servers: readonly string[]): Command {
  return said(change, socket, servers.map(server => setState(backend, server, 'ready')).join('; '))
}

/** What HAProxy is told to drain a server, or make it ready. */
export function setState(backend: string, server: string, state: 'drain' | 'ready'): string {
  return `set server ${backend}/${server} state ${state}`
}

function whyNot(exitCode: number | undefined, socket: string): { why: string; remedy?: string } {
  if (exitCode === NO_SOCKET) return { why: `there is no socket ${socket}`, remedy: REMEDY }
  if (exitCode === NO_PROGRAM)
    return { why: 'there is neither python3 nor socat', remedy: 'install one of them.' }
  return { why: `its socket ${socket} does not answer`, remedy: REMEDY }
}

/**
 * Tells HAProxy something, if anything, and asks how the servers of a backend are after it.
 *
 * Read: how they are. Fails with {@link BalancerError} when it cannot be asked, or refuses.
 */
export function tell(
  host: string,
  socket: string,
  backend: string,
  order?: string,
): Script<BackendState['servers']> {
  const what = order === undefined ? `ask HAProxy for the servers of ${backend}` : `"${order}"`
  const looks = [`show servers state ${backend}`, `show stat ${backend} 4 -1`]
  const words = [...(order === undefined ? [] : [order]), ...looks].join('; ')
  return script(
    [said(order === undefined ? ask : change, socket, words)],
    ([{ stdout }]) => {
      const { servers, complaint } = backendState(stdout)
      if (complaint === '' && servers.length > 0) return servers
      const isDenied = complaint.startsWith('Permission denied')
      throw new BalancerError('BALANCER_FAILED', {
        what,
        host,
        why: complaint === '' ? 'it names none' : `it says "${complaint}"`,
        ...(isDenied && { remedy: REMEDY }),
      })
    },
    failure =>
      failure.code !== 'COMMAND_FAILED'
        ? failure
        : new BalancerError('BALANCER_FAILED', {
            what,
            host,
            output: failure.stderr,
            ...whyNot(failure.exitCode, socket),
          }),
  )
}

import { ask, type Command } from '../command/command.js'
import type { ProcessPlace } from './process.js'
import { escaped } from './unit.js'

/** A program that answers requests on a socket. */
export interface AppProgram {
  readonly name: string
  /** The signal that lets it finish what it has begun. @defaultValue `SIGTERM` */
  readonly stopSignal?: string
  /** Program and arguments, as a unit has them; `%i` in the socket's path is systemd's. */
  readonly command: (place: ProcessPlace, socket: string) => readonly string[]
  /** Succeeds once it answers on a socket. */
  readonly answers: (place: ProcessPlace, socket: Command) => Command
}

/** Asks for a page on a socket: any answer will do; whether it is a good one is found out through the web server. */
const ASK_HTTP = `
import socket, sys
with socket.socket(socket.AF_UNIX) as asked:
    asked.settimeout(5)
    asked.connect(sys.argv[1])
    asked.sendall(b'GET / HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n')
    sys.exit(not asked.recv(12).startswith(b'HTTP/'))
`

/** A server that is a module of the release's virtualenv, and speaks HTTP. */
export function pythonServer(
  name: string,
  application: string,
  words: (socket: string) => readonly string[],
  more: readonly string[],
): AppProgram {
  return {
    name,
    command: ({ python = '/usr/bin/python3' }, socket) => [
      ...[python, '-m', name, ...words(socket)],
      ...escaped([...more, application]),
    ],
    answers: ({ python = 'python3' }, socket) => ask`${python} -c ${ASK_HTTP} ${socket} 2>/dev/null`,
  }
}

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

/** Tries to connect to a socket. */
const CONNECT = `exit(@stream_socket_client('unix://' . $argv[1], $code, $why, 5) ? 0 : 1);`

/** What starts PHP-FPM with a pool of its own, as the user of the unit; the newest version if none is named. */
export function phpFpm(
  workers: number,
  version: string,
  settings: Readonly<Record<string, string>>,
): AppProgram {
  const pool = (project: string, directory: string, socket: string) => [
    ...[
      '[global]',
      'daemonize = no',
      'error_log = syslog',
      `syslog.ident = php-${project}`,
      'process_control_timeout = 60',
    ],
    ...[`[${project}]`, `listen = ${socket}`, 'listen.mode = 0666', `chdir = ${directory}`],
    ...['pm = static', `pm.max_children = ${workers}`, 'catch_workers_output = yes', 'clear_env = no'],
    ...Object.entries(settings).map(([name, value]) => `php_admin_value[${name}] = ${value}`),
  ]
  return {
    name: 'php-fpm',
    stopSignal: 'SIGQUIT',
    command: ({ project, directory }, socket) => {
      const lines = pool(project, directory.replaceAll('%', '%%'), socket).map(line => `'${line}'`)
      const file = socket.replace(/\.sock$/, '.conf')
      const program = `$(ls /usr/sbin/php-fpm${version}* | sort -V | tail -n 1)`
      const start = `printf '%%s\\n' ${lines.join(' ')} >${file} && exec "${program}" --nodaemonize --fpm-config ${file}`
      return ['/bin/sh', '-c', start]
    },
    answers: (_, socket) =>
      ask`{ if command -v php >/dev/null; then php -r ${CONNECT} ${socket}; else [ -S ${socket} ]; fi; }`,
  }
}

import { posix } from 'node:path'
import { ask, type Command } from '../command/command.js'
import type { ProcessPlace } from './process.js'

/** A program that answers requests on a socket. */
export interface AppProgram {
  readonly name: string
  /** The signal that lets it finish what it has begun. @defaultValue `SIGTERM` */
  readonly stopSignal?: string
  /** Program and arguments, each as it is. */
  readonly command: (place: ProcessPlace, socket: string) => readonly string[]
  /** Succeeds once it answers on a socket. */
  readonly answers: (place: ProcessPlace, socket: Command) => Command
}

/** Sends a request to a socket: any answer will do; whether it is a good one is found out through the web server. */
const asking = (request: string) => `
import socket, struct, sys
with socket.socket(socket.AF_UNIX) as asked:
    asked.settimeout(5)
    asked.connect(sys.argv[1])
    asked.sendall(${request})
    sys.exit(not asked.recv(12).startswith(b'HTTP/'))
`

/** Asks for a page by HTTP. Argument: the socket. */
export const ASK_HTTP = asking(String.raw`b'GET / HTTP/1.0\r\nHost: localhost\r\n\r\n'`)

const answersTo =
  (question: string): AppProgram['answers'] =>
  ({ python = 'python3' }, socket) =>
    ask`${python} -c ${question} ${socket} 2>/dev/null`

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
      ...more,
      application,
    ],
    answers: answersTo(ASK_HTTP),
  }
}

/** The same server, which does not mind what one that was killed has left. */
export function unlinking(server: AppProgram): AppProgram {
  return {
    ...server,
    command: (place, socket) => [
      ...['/bin/sh', '-c', 'rm -f -- "$0" "$0.lock"; exec "$@"', socket],
      ...server.command(place, socket),
    ],
  }
}

/** Seconds that a server has to end in once it has nothing to do any more. */
const END_S = 3

/**
 * The same server, which breaks off what it has begun when it is told to end: it is told so when nobody is connected to
 * its socket any more, or when the time is nearly up.
 */
export function patient(server: AppProgram, stopSeconds: number): AppProgram {
  const connected = `awk -v path="$0" '$6 == "03" && $8 == path { found = 1 } END { exit !found }' /proc/net/unix`
  const wait = `left=${Math.max(0, stopSeconds - END_S)}; while [ "$left" -gt 0 ] && ${connected}; do left=$((left - 1)); sleep 1; done`
  const text = [
    `rm -f -- "$0" "$0.lock"; "$@" & main=$!`,
    `trap '' HUP INT; end() { trap '' TERM; ${wait}; kill -s TERM "$main"; }; trap end TERM`,
    'while :; do wait "$main"; code=$?; kill -s 0 "$main" 2>/dev/null || exit "$code"; done',
  ].join('; ')
  return {
    ...server,
    command: (place, socket) => ['/bin/sh', '-c', text, socket, ...server.command(place, socket)],
  }
}

/** What nginx asks with its `uwsgi_params`, as far as it matters. Argument: the socket. */
export const ASK_UWSGI = asking(
  `(lambda body: struct.pack('<BHB', 0, len(body), 0) + body)(b''.join(struct.pack('<H', len(word)) + word for pair in ((b'REQUEST_METHOD', b'GET'), (b'PATH_INFO', b'/'), (b'REQUEST_URI', b'/'), (b'QUERY_STRING', b''), (b'SERVER_PROTOCOL', b'HTTP/1.0'), (b'HTTP_HOST', b'localhost'), (b'SERVER_NAME', b'localhost'), (b'SERVER_PORT', b'80')) for word in pair))`,
)

/** The uWSGI of the virtualenv, or that of the server with its plugin; it lets requests be finished when it is told to end. */
export function uwsgi(
  application: string,
  workers: string,
  protocol: 'uwsgi' | 'http',
  more: readonly string[],
): AppProgram {
  const text = 'if [ -x "$0" ]; then exec "$0" "$@"; fi; exec uwsgi --plugin python3 "$@"'
  return {
    name: 'uwsgi',
    command: ({ python }, socket) => {
      const virtualenv = python && posix.dirname(posix.dirname(python))
      return [
        ...['/bin/sh', '-c', text, virtualenv ? posix.join(virtualenv, 'bin/uwsgi') : ''],
        ...[protocol === 'http' ? '--http-socket' : '--socket', socket, '--chmod-socket=666'],
        ...['--master', '--need-app', '--single-interpreter', '--enable-threads', '--processes', workers],
        ...['--die-on-term', '--hook-master-start', 'unix_signal:15 gracefully_kill_them_all'],
        ...(virtualenv ? ['--virtualenv', virtualenv] : []),
        ...['--module', application, ...more],
      ]
    },
    answers: answersTo(protocol === 'http' ? ASK_HTTP : ASK_UWSGI),
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
      const lines = pool(project, directory, socket).map(line => `'${line}'`)
      const file = socket.replace(/\.sock$/, '.conf')
      const program = `$(ls /usr/sbin/php-fpm${version}* | sort -V | tail -n 1)`
      const start = `printf '%s\\n' ${lines.join(' ')} >${file} && exec "${program}" --nodaemonize --fpm-config ${file}`
      return ['/bin/sh', '-c', start]
    },
    answers: (_, socket) =>
      ask`{ if command -v php >/dev/null; then php -r ${CONNECT} ${socket}; else [ -S ${socket} ]; fi; }`,
  }
}

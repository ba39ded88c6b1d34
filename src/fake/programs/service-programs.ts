import type { Program } from '../shell/process.js'
import { unexpected } from '../unexpected.js'
import { act, journalctl, systemctl } from './systemctl.js'
import { wordsOf } from './words.js'

/** `service`, as scripts without systemd call it. */
const service: Program = process => {
  const [name = '', verb = ''] = process.args
  const found = process.machine.parts.services.find(name)
  return found ? act(process, verb, found) : process.fail(`${name}: unrecognized service`)
}

/** A web server's own program: it tests a configuration, or lets the server read it. */
const webServer: Program = process => {
  const { args, machine } = process
  const running = machine.parts.services.find(
    process.name === 'apachectl' ? 'httpd' : process.name.replace(/ctl$/, ''),
  )
  const at = args.findIndex(word => word === '-f' || word === '-c')
  const file = at < 0 ? undefined : args[at + 1]
  if (file !== undefined && machine.files.tryRead(file) === undefined)
    return process.fail(`could not open ${file}`)
  if (args.includes('-t')) {
    process.err('Syntax OK\n')
    return 0
  }
  const verb = args.at(-1)
  if (!running || !['start', 'graceful', 'reload'].includes(verb ?? ''))
    throw unexpected(`run ${process.line}`, 'a server in memory does not know what that does')
  if (process.user.name !== 'root') return process.fail('permission denied')
  running.start()
  return 0
}

/** `pgrep`, by the name of a program, or by the process above. */
const pgrep: Program = process => {
  const { value, has, operands } = wordsOf(process, 'f o x P=')
  const parent = value('P')
  const { active } = process.machine.parts.services
  const found =
    parent === undefined
      ? active.filter(({ program }) => program === operands[0]).map(({ pid }) => pid)
      : active.filter(({ pid }) => String(pid) === parent).map(({ worker }) => worker)
  if (parent === undefined && !has('x'))
    throw unexpected(`run ${process.line}`, 'it would need a process table')
  for (const pid of found) process.out(`${pid}\n`)
  return found.length > 0 ? 0 : 1
}

/** What starts, stops and tells of services. */
export const SERVICE_PROGRAMS: Readonly<Record<string, Program>> = {
  systemctl,
  service,
  pgrep,
  journalctl,
}

/** The programs of web servers. */
export const WEB_SERVER_PROGRAMS = {
  apache2: { apache2ctl: webServer },
  httpd: { httpd: webServer, apachectl: webServer },
  nginx: { nginx: webServer },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Program>>>>

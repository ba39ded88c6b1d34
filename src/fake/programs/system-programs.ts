import { environmentOf } from '../machine/users.js'
import type { Program } from '../shell/process.js'
import { unexpected } from '../unexpected.js'
import { date } from './date.js'
import { wordsOf } from './words.js'

const SECURE_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** `sudo -n`: whoever may use it becomes another user; it says no in its own words. */
const sudo: Program = process => {
  const args = [...process.args]
  let wanted = 'root'
  let lists = false
  for (let word = args[0] ?? ''; word.startsWith('-'); word = args[0] ?? '') {
    args.shift()
    if (word === '--') break
    if (word === '-u') wanted = args.shift() ?? ''
    else if (word === '-l') lists = true
    else if (word !== '-n' && word !== '-H')
      throw unexpected(`run ${process.line}`, `its sudo has no ${word}`)
  }
  const user = process.machine.users.find(wanted)
  if (!user) return process.fail(`unknown user ${wanted}`)
  if (process.user.name !== 'root' && !process.user.sudo) return process.fail('a password is required')
  if (lists) {
    process.out(`${args.length > 0 ? args.join(' ') : '    (ALL : ALL) NOPASSWD: ALL'}\n`)
    return 0
  }
  const environment = environmentOf(user, SECURE_PATH)
  for (let word = args[0] ?? ''; /^[A-Za-z_]\w*=/.test(word); word = args[0] ?? '') {
    environment.set(word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1))
    args.shift()
  }
  return process.spawn(args, { user, environment })
}

/** `runuser -u`, for root. */
const runuser: Program = process => {
  const [option, name = '', ...rest] = process.args
  if (option !== '-u') throw unexpected(`run ${process.line}`, 'runuser in memory has -u only')
  const user = process.machine.users.find(name)
  if (!user) return process.fail(`user ${name} does not exist`)
  if (process.user.name !== 'root') return process.fail('may not be used by non-root users')
  return process.spawn(rest[0] === '--' ? rest.slice(1) : rest, { user })
}

const id: Program = process => {
  const { has, operands } = wordsOf(process, 'u g G n')
  const [name = process.user.name] = operands
  const user = process.machine.users.find(name)
  if (!user) return process.fail(`'${name}': no such user`)
  const { uid, gid, group, groups } = user
  if (has('u')) process.out(`${has('n') ? user.name : uid}\n`)
  else if (has('g')) process.out(`${has('n') ? group : gid}\n`)
  else process.out(`${groups.map(each => (has('n') ? each : process.machine.users.gidOf(each))).join(' ')}\n`)
  return 0
}

const getent: Program = process => {
  const user = process.machine.users.find(process.args[1] ?? '')
  if (!user) return 2
  process.out(`${user.name}:x:${user.uid}:${user.gid}::${user.home}:/bin/sh\n`)
  return 0
}

/** Nobody waits: the clock of the server goes on by so much. */
const sleep: Program = process => {
  const seconds = Number(process.args[0])
  if (Number.isNaN(seconds)) throw unexpected(`run ${process.line}`, 'sleep in memory counts seconds')
  process.machine.clock.advance(seconds * 1000)
  return 0
}

const logger: Program = process => {
  process.machine.parts.log.push(wordsOf(process, 't=').operands.join(' '))
  return 0
}

/** What has to do with users and time. */
export const SYSTEM_PROGRAMS: Readonly<Record<string, Program>> = {
  sudo,
  runuser,
  id,
  getent,
  date,
  sleep,
  logger,
}

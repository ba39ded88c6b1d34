import { posix } from 'node:path'
import type { Service } from '../machine/services.js'
import { UNITS, UnitService } from '../machine/unit-service.js'
import type { Process, Program } from '../shell/process.js'
import { unexpected } from '../unexpected.js'
import { wordsOf } from './words.js'

const VERBS: Readonly<Record<string, (service: Service) => void>> = {
  start: service => {
    if (!service.isActive) service.start()
  },
  stop: service => service.stop(),
  restart: service => {
    service.stop()
    service.start()
  },
  reload: service => service.start(),
}

/** Does something with a service, for root. */
export function act(process: Process, verb: string, service: Service): number {
  if (process.user.name !== 'root')
    return process.fail(`Failed to ${verb} ${service.program}: Interactive authentication required.`)
  if (verb === 'reload' && !service.isActive)
    return process.fail(`${service.program}.service is not active, cannot reload.`)
  VERBS[verb]?.(service)
  return 0
}

/** The link by which a unit is started with the server. */
function linkOf({ unit: { wantedBy }, name }: UnitService): string {
  return `${UNITS}/${wantedBy}.wants/${name}.service`
}

/** `enable`, `disable` and `is-enabled`: exit codes. */
const CHOICES: Readonly<Record<string, (process: Process, service: UnitService) => number>> = {
  enable: ({ files }, service) => {
    const link = linkOf(service)
    files.makeDirectories(posix.dirname(link), 0o755)
    if (!files.peek(link, false)) files.tree.makeLink(`${UNITS}/${service.name}.service`, link, files.user)
    return 0
  },
  disable: ({ files }, service) => {
    const link = linkOf(service)
    if (files.peek(link, false)) files.removeAll(link)
    return 0
  },
  'is-enabled': ({ files }, service) => (files.peek(linkOf(service), false) ? 0 : 1),
}

/** `systemctl`, over services that either run or not. */
export const systemctl: Program = process => {
  const { has, value, operands } = wordsOf(process, 'no-block no-pager quiet value n= p=')
  const [verb = '', name = ''] = operands
  const service = UnitService.find(process.machine, name)
  switch (verb) {
    case 'is-active':
    case 'status':
      if (!has('quiet')) process.out(`${service?.status ?? 'inactive'}\n`)
      return service?.isActive ? 0 : 3
    case 'cat':
      return service ? 0 : process.fail(`No files found for ${name}.`)
    case 'show':
      if (value('p') !== 'MainPID' || !has('value')) break
      process.out(`${service?.isActive ? service.pid : 0}\n`)
      return 0
    case 'daemon-reload': // files are read when a unit is started
      return process.user.name === 'root' ? 0 : process.fail('Interactive authentication required.')
    case 'start':
    case 'stop':
    case 'restart':
    case 'reload':
      return service
        ? act(process, verb, service)
        : process.fail(`Failed to ${verb} ${name}: Unit ${name} not found.`, 5)
    case 'enable':
    case 'disable':
    case 'is-enabled':
      if (service instanceof UnitService) return CHOICES[verb]?.(process, service) ?? 0
      if (!service) return process.fail(`Failed to ${verb} unit: Unit file ${name} does not exist.`)
  }
  throw unexpected(`run systemctl ${operands.join(' ')}`, 'a server in memory does not know what that does')
}

/** `journalctl`: what a unit has printed. */
export const journalctl: Program = process => {
  const { value } = wordsOf(process, 'no-pager o= n= u=')
  process.out(UnitService.find(process.machine, value('u') ?? '')?.journal ?? '')
  return 0
}

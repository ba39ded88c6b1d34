/**
 * A deployer that Ctrl-C stops: a program of its own, which says on standard output what it is at. It deploys to this
 * machine, and sleeps in the maintenance window; what is taken back is written into a diary, slowly.
 * Arguments: directory, and `off` if the handlers should be gone when it waits for its end.
 */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { change } from '../../src/command/command.js'
import { script } from '../../src/command/script.js'
import type { DeployEvent } from '../../src/deploy/events.js'
import { resolveOptions } from '../../src/deploy/options.js'
import { Run } from '../../src/deploy/runner.js'
import type { Step } from '../../src/deploy/step.js'
import { acquireLock } from '../../src/deploy/steps/acquire-lock.js'
import { releaseLock } from '../../src/deploy/steps/release-lock.js'
import { Host } from '../../src/host/host.js'
import { Release } from '../../src/release/release.js'
import { interruptible } from '../../src/report/interruptible.js'
import { git } from '../../src/source/git.js'

const [directory = '', when = 'on'] = process.argv.slice(2)
const diary = join(directory, 'diary')

const step = (name: Step['name'], text: string): Step => ({
  name,
  title: name,
  phase: 'window',
  script: () => script([change`sh -c ${text}`], () => ({ changed: true, note: '' })),
  undo: () => [change`sleep 2; echo ${`${name} taken back`} >>${diary}`],
})

const options = interruptible({
  project: 'carers',
  environment: 'staging',
  hosts: [Host.local()],
  source: git('/nowhere'),
  release: Release.under(directory),
  onEvent: (event: DeployEvent) => {
    if (event.type === 'step-started' || event.type === 'undo-started') console.log(event.type, event.step)
  },
})
const sleeping = when === 'off' ? 'true' : 'sleep 60'
const result = await new Run({
  action: 'deploy',
  options: resolveOptions(options),
  steps: [acquireLock, step('site-off', 'true'), step('migrate-database', sleeping), releaseLock],
  hooks: {},
  replacements: new Map(),
}).run()
console.log(result.outcome)
process.exitCode = result.exitCode
if (when === 'off') {
  console.log('handlers', process.listenerCount('SIGINT'), process.listenerCount('SIGTERM'))
  await pause(60_000)
}

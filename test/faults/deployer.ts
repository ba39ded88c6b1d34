/**
 * A deployer that a fault meets: a program of its own. It says when it is at the step, and waits there if the fault comes
 * before it; what it hears is `go`, or `abort`. It ends when nothing keeps it: a handle that leaks would.
 * Argument: orders, as JSON.
 */
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { inspect } from 'node:util'
import { type DeployEvent, DyeError, type HookState, interruptible, Secret } from 'dye-deploy'
import { change } from '../../src/command/command.js'
import { type DeployOptions, resolveOptions } from '../../src/deploy/options.js'
import { order } from '../../src/deploy/order.js'
import { rollbackOrder } from '../../src/deploy/rollback.js'
import { Run } from '../../src/deploy/runner.js'
import type { Step } from '../../src/deploy/step.js'
import { hostOf, type Orders, plainOptions, type Saying } from './orders.js'
import { optionsOf } from './site.js'

const orders: Orders = JSON.parse(process.argv[2] ?? '{}')
const { action, step, moment, failsOn, tag, to } = orders

process.stdout.on('error', () => process.exit(1)) // nobody listens any more
const say = (saying: Saying) => process.stdout.write(`${JSON.stringify(saying)}\n`)
for (const event of ['unhandledRejection', 'uncaughtException']) {
  process.on(event, error => say({ type: 'unhandled', text: `${event}: ${inspect(error)}` }))
}

const controller = new AbortController()
const words = createInterface({ input: process.stdin })
const told = once(words, 'line') // all that is ever said to it is one word
void told.then(([word]) => word === 'abort' && controller.abort())

/** Runs half of what it has to run, then something that fails. */
const failing = (original: Step): Step => ({
  ...original,
  script: context => {
    const real = original.script(context)
    if (!context.host.name.endsWith(`@${failsOn}`)) return real
    const half = real.commands.slice(0, Math.ceil(real.commands.length / 2))
    say({ type: 'there' })
    return { ...real, commands: [...half, change`echo planted >&2; exit 1`] }
  },
})

const wait = async ({ host, signal }: HookState) => {
  await host.withEnv({ TOKEN: Secret.of(orders.secret) })
    .run`printf '%s is %s\n' ${Secret.of(orders.secret)} "$TOKEN"`
  say({ type: 'there' })
  const aborted = new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  await Promise.race([told, aborted])
}

let isThere = false
const onEvent = (event: DeployEvent) => {
  say({ type: 'event', text: `${JSON.stringify(event)} ${inspect(event, { depth: 8 })}` })
  const isSkipped =
    event.type === 'step-ended' && event.record.step === step && event.record.status === 'skipped'
  if (isSkipped) say({ type: 'skipped' })
  if (moment !== 'during' || isThere) return
  isThere = isSkipped || (event.type === 'step-started' && event.step === step)
  if (isThere) say({ type: 'there' })
}

const hosts = orders.servers.map(hostOf)
const [first] = hosts
if (!first) throw new Error('there is no server')
const site = () => {
  if (orders.by !== 'nothing') return optionsOf(first, tag, orders.by)
  if (!orders.balancer) throw new Error('there is no balancer')
  return plainOptions(hosts, hostOf(orders.balancer), tag)
}
const options: DeployOptions = {
  ...site(),
  reconnectTimeout: 10_000,
  onEvent,
  signal: controller.signal,
}
const back = { ...(to && { to }), databaseBack: orders.by === 'nothing' ? 'keep' : 'migrate' } as const
const steps = action === 'deploy' ? order : rollbackOrder(back)
const result = await new Run({
  action,
  options: resolveOptions(interruptible(options)),
  steps: steps.map(each => (moment === 'inside' && each.name === step ? failing(each) : each)),
  hooks: moment === 'before' && step ? { before: { [step]: wait } } : {},
  replacements: new Map(),
}).run()
const { outcome, exitCode, release, error } = result
say({
  ...{ type: 'result', outcome, exitCode, release },
  code: error instanceof DyeError ? error.code : error && `untyped: ${error}`,
  hosts: result.hosts.map(host => ({ outcome: host.outcome, release: host.release })),
  text: `${JSON.stringify(result)} ${inspect(result, { depth: 8 })}`,
})
words.close()
process.stdin.destroy()

import { join } from 'node:path'
import { change } from '../../src/command/command.js'
import { script } from '../../src/command/script.js'
import type { DeployEvent } from '../../src/deploy/events.js'
import { type DeployOptions, resolveOptions } from '../../src/deploy/options.js'
import type { DeployResult } from '../../src/deploy/result.js'
import { Run } from '../../src/deploy/runner.js'
import type { Step } from '../../src/deploy/step.js'
import { acquireLock } from '../../src/deploy/steps/acquire-lock.js'
import { releaseLock } from '../../src/deploy/steps/release-lock.js'
import { Host } from '../../src/host/host.js'
import { LocalConnection } from '../../src/host/local-connection.js'
import { Release } from '../../src/release/release.js'
import { git } from '../../src/source/git.js'

/** What is recorded. */
export interface Recording {
  /** Names of the hosts; each is this machine. Several have no lock. @defaultValue `web1` */
  readonly hosts?: readonly string[]
  /** Whether the migration fails, so that everything is taken back. @defaultValue false */
  readonly fails?: boolean
  readonly more?: Partial<DeployOptions>
}

class NamedLine extends LocalConnection {
  constructor(override readonly name: string) {
    super()
  }
}

const step = (name: Step['name'], phase: Step['phase'], text: string, more: Partial<Step> = {}): Step => ({
  name,
  title: `do ${name}`,
  phase,
  script: () => script([change`sh -c ${text}`], ([{ stdout }]) => ({ changed: true, note: stdout })),
  ...more,
})

const commits = ['<b>one</b>', 'two | three'].map((subject, index) => ({
  ...{ revision: `${index}`.repeat(40), author: 'Ann', date: '2026-11-26T12:00:00Z', subject },
}))

const downtime = { from: new Date(0), to: new Date(1500), milliseconds: 1500 }

/** A deploy that is really run, on this machine: with output, a hook, a warning, a question and a maintenance window. */
export async function recordedRun(
  directory: string,
  { hosts = ['web1'], fails = false, more = {} }: Recording = {},
): Promise<{ readonly events: readonly DeployEvent[]; readonly result: DeployResult }> {
  const events: DeployEvent[] = []
  const undo = () => [change`echo taken back`]
  const windowed = { undo, phase: 'window' as const }
  const learned = { revision: '0123456789abcdef0123456789abcdef01234567', commits }
  const steps: Step[] = [
    step('fetch-source', 'beside', 'echo fetching; echo "::error::<i>no command</i>" >&2', {
      learns: ['revision', 'commits'],
      script: () =>
        script([change`echo 'fetched <all>'; echo '::error::no command' >&2; sleep 0.1`], () => ({
          ...{ changed: true, note: '<script>alert(1)</script> ␛', learned, warnings: ['mind <this>'] },
        })),
    }),
    step('build-virtualenv', 'beside', 'echo Collecting Django; sleep 0.1', { undo: () => [] }),
    step('collect-assets', 'beside', '', { skip: () => 'there are none' }),
    step('site-off', 'window', 'sleep 0.05', windowed),
    step(
      'migrate-database',
      'window',
      fails ? 'echo boom >&2; exit 3' : 'sleep 0.2; echo 1 migration',
      windowed,
    ),
    step('switch-release', 'window', 'echo switched', windowed),
    step('site-on', 'window', '', {
      ...windowed,
      learns: ['downtime'],
      script: () => script([change`echo on`], () => ({ changed: true, note: 'on', learned: { downtime } })),
    }),
  ]
  const options = resolveOptions({
    project: 'carers',
    environment: 'production',
    hosts: hosts.map(name => Host.over(new NamedLine(name))),
    source: git('/nowhere'),
    release: Release.under(join(directory, `home-${performance.now()}`)),
    ...more,
    onEvent: [event => events.push(event), ...[more.onEvent ?? []].flat()],
  })
  const all = hosts.length > 1 ? steps : [acquireLock, ...steps, releaseLock]
  const hooks = { after: { 'build-virtualenv': () => new Promise(resolve => setTimeout(resolve, 50)) } }
  const plan = { action: 'deploy' as const, options, steps: all, hooks, replacements: new Map() }
  const result = await new Run(plan).run()
  return { events, result }
}

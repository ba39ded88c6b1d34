import { mkdir, readlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { versions } from '../../../src/deploy/afterwards/versions.js'
import { Deployment } from '../../../src/deploy/deployment.js'
import type { DeployOptions } from '../../../src/deploy/options.js'
import { ConnectionError } from '../../../src/errors/connection-error.js'
import type { Connection, HostProcess, PerformOptions, Shell } from '../../../src/host/connection.js'
import { Host } from '../../../src/host/host.js'
import { LocalConnection } from '../../../src/host/local-connection.js'
import { Session } from '../../../src/host/session.js'
import { Layout } from '../../../src/release/layout.js'
import { Release } from '../../../src/release/release.js'
import { git } from '../../../src/source/git.js'
import { HERMETIC_GIT } from '../../support/project-repository.js'
import { localPlace } from '../../support/temporary.js'

vi.setConfig({ testTimeout: 30_000 })

/** This machine over a line that is cut, once, right after a command: no answer comes any more, but what was sent goes on. */
class CutLine implements Connection {
  readonly #inner = new LocalConnection()
  readonly name = 'cut off'
  readonly connects = 1
  /** Words of the command. */
  after: string | undefined

  spawn(line: string): Promise<HostProcess> {
    return this.#inner.spawn(line)
  }

  async openShell(): Promise<Shell> {
    const processes: HostProcess[] = []
    const starter = {
      name: this.name,
      spawn: async (line: string) => {
        const started = await this.#inner.spawn(line)
        processes.push(started)
        return started
      },
    }
    const session = await Session.open(starter)
    const lost = new ConnectionError('CONNECTION_LOST', {
      what: 'finish what was running',
      host: this.name,
      why: 'the connection was lost',
      mayHaveRun: true,
    })
    let cut = false
    return {
      get alive() {
        return session.alive && !cut
      },
      get roundTrips() {
        return session.roundTrips
      },
      guard: commands => cut || session.guard(commands),
      close: () => (cut ? Promise.resolve() : session.close()),
      perform: (commands, options: PerformOptions = {}) =>
        new Promise((resolve, reject) => {
          const onResult: PerformOptions['onResult'] = (result, index) => {
            if (cut) return
            options.onResult?.(result, index)
            if (this.after === undefined || !result.command.includes(this.after)) return
            this.after = undefined
            cut = true
            processes[0]?.stdin.end()
            reject(lost)
          }
          session.perform(commands, { ...options, onResult }).then(resolve, reject)
        }),
    }
  }

  close(): Promise<void> {
    return this.#inner.close()
  }
}

describe('a deploy whose connection is cut', () => {
  const place = localPlace()
  const origin = () => join(place.directory, 'origin')
  let line: CutLine
  let host: Host
  let layout: Layout
  let count = 0

  const options = (): DeployOptions => ({
    project: 'carers',
    environment: 'staging',
    hosts: [host.withEnv(HERMETIC_GIT)],
    source: git(origin()),
    release: Release.under(join(place.directory, `home-${count}`)),
    directory: '/',
  })
  const deployed = () => new Deployment(options()).skip('link-cron').run()
  const live = async () => basename(await readlink(layout.live))
  const lockIsFree = async () =>
    (await execa('flock', ['-n', layout.lock, 'true'], { reject: false })).exitCode === 0

  beforeAll(async () => {
    await mkdir(origin())
    await writeFile(join(origin(), 'page'), 'hello')
    const steps = [
      ['init', '--quiet', '--initial-branch=main'],
      ['add', '--all'],
      ['commit', '--quiet', '-m', 'one'],
    ]
    for (const words of steps) await execa('git', words, { cwd: origin(), env: HERMETIC_GIT })
  })

  beforeEach(async () => {
    count += 1
    layout = new Layout(join(place.directory, `home-${count}`, 'carers'))
    line = new CutLine()
    host = Host.over(line)
    expect((await deployed()).outcome).toBe('deployed')
  })

  afterEach(() => host.close())

  it('is taken back by the server when there was more to be told', async () => {
    const before = await live()
    line.after = 'checkout --quiet'
    const result = await deployed()
    expect(result.error).toMatchObject({ code: 'CONNECTION_LOST', mayHaveRun: true })
    expect(result.outcome).toMatch(/^failed-before-switch|rolled-back$/)
    expect(await live()).toBe(before)
    expect(await lockIsFree()).toBe(true)
    expect((await versions(options())).map(({ status }) => status)).toEqual(['aborted', 'live'])
  })

  it('is finished by the server when it had been told all, and counts as done', async () => {
    line.after = `${layout.live}.switch`
    const result = await deployed()
    expect(result).toMatchObject({ outcome: 'deployed-with-warnings', error: undefined, exitCode: 0 })
    expect(result.warnings.join('\n')).toMatch(/connection was lost[\s\S]*finished the deploy by itself/)
    expect(await live()).toBe(result.release)
    expect(await lockIsFree()).toBe(true)
    expect((await versions(options())).map(({ status }) => status)).toEqual(['live', 'previous'])
  })
  it('does not go on by another connection, without the lock, when it was cut while a hook ran', async () => {
    const before = await live()
    const told: string[] = []
    line.after = 'echo cut'
    const result = await new Deployment(options())
      .skip('link-cron')
      .before('clean-bytecode', async ({ host: there }) => {
        await there.run`echo cut`.catch(() => told.push('lost'))
        await there.run`echo again`.catch(error => told.push(error.code, String(error.mayHaveRun)))
      })
      .run()
    expect(told).toEqual(['lost', 'CONNECTION_LOST', 'false'])
    expect(result.error).toMatchObject({ code: 'CONNECTION_LOST' })
    expect(result.outcome).toMatch(/^failed-before-switch|rolled-back$/)
    expect(await live()).toBe(before)
    expect(await lockIsFree()).toBe(true)
  })

  it('takes back what was begun when the server stopped before it could', async () => {
    const before = await live()
    const result = await new Deployment(options())
      .skip('link-cron')
      .before('clean-bytecode', ({ host: there }) => there.run`kill -9 $$`) // the far end of the session
      .run()
    expect(result.error).toMatchObject({ code: 'HOOK_FAILED' })
    expect(result.outcome).toMatch(/^failed-before-switch|rolled-back$/)
    const taken = result.steps
      .filter(({ status }) => status === 'undone')
      .map(({ step, note }) => [step, note])
    expect(taken).toContainEqual(['prepare-release', 'taken back'])
    expect(await live()).toBe(before)
    expect((await versions(options())).map(({ status }) => status)).toEqual(['failed', 'live'])
    expect(await lockIsFree()).toBe(true)
  })
})

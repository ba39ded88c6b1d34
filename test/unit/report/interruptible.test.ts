import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { describe, expect, it, vi } from 'vitest'
import { interruptible } from '../../../src/report/interruptible.js'
import { localPlace } from '../../support/temporary.js'

vi.setConfig({ testTimeout: 60_000 })

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const PROGRAM = join(ROOT, 'test/support/interrupted-deployer.ts')

describe('a deploy that is interrupted', () => {
  const place = localPlace()

  const start = async (name: string, ...words: readonly string[]) => {
    const home = join(place.directory, name)
    await mkdir(home)
    const child = execa(join(ROOT, 'node_modules/.bin/tsx'), [PROGRAM, home, ...words], {
      ...{ reject: false, all: true, stdin: 'ignore', detached: true, cleanup: false },
    })
    let said = ''
    child.all.on('data', chunk => {
      said += chunk
    })
    return {
      child,
      says: (text: string) => expect.poll(() => said, { timeout: 30_000, interval: 20 }).toContain(text),
      /** As a terminal does it: to the whole process group. */
      signal: (signal: NodeJS.Signals) => process.kill(-(child.pid ?? 0), signal),
      diary: async () => (await readFile(join(home, 'diary'), 'utf8').catch(() => '')).trim().split('\n'),
      isFree: async () =>
        (await execa('flock', ['-n', join(home, 'carers/.dye/lock'), 'true'], { reject: false })).exitCode ===
        0,
    }
  }
  const BOTH = ['migrate-database taken back', 'site-off taken back']

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'by %s takes back what it did, and frees the lock',
    async signal => {
      const { child, says, signal: send, diary, isFree } = await start(signal)
      await says('step-started migrate-database')
      expect(await isFree()).toBe(false)
      send(signal)
      const { exitCode, all } = await child
      expect(all).toContain('Stopping, and taking back what was done.')
      expect(all).toMatch(/^cancelled$/m)
      expect(exitCode).toBe(1)
      expect(await diary()).toEqual(BOTH)
      expect(await isFree()).toBe(true)
    },
  )

  it('twice ends at once, says what is left, and the server goes on by itself', async () => {
    const { child, says, signal, diary, isFree } = await start('twice')
    await says('step-started migrate-database')
    signal('SIGINT')
    await says('undo-started migrate-database')
    await pause(500) // a signal right after the first is taken for the same, passed on
    signal('SIGINT')
    const { exitCode, all } = await child
    expect(exitCode).toBe(130)
    expect(all).toMatch(
      /^ {2}local \(.*\) was at taking back migrate-database; had done site-off; held the lock$/m,
    )
    expect(all).not.toMatch(/^cancelled$/m)
    expect(await diary()).not.toContain('site-off taken back')
    await expect.poll(diary, { timeout: 15_000 }).toContain('site-off taken back')
    await expect.poll(isFree, { timeout: 5_000 }).toBe(true)
  })

  it('leaves no handlers behind', async () => {
    const { child, says, signal } = await start('after', 'off')
    await says('handlers 0 0')
    signal('SIGINT')
    const { exitCode, signal: by, all } = await child
    expect(all).toMatch(/^deployed$/m)
    expect([exitCode, by]).not.toEqual([0, undefined])
    expect(all).not.toContain('Stopping')
  })
})

describe('interruptible options', () => {
  it('keep the listeners and the signal that were there', () => {
    const controller = new AbortController()
    const heard: unknown[] = []
    const listener = (event: unknown) => heard.push(event)
    const options = interruptible({ signal: controller.signal, onEvent: listener, project: 'carers' })
    expect(options.project).toBe('carers')
    expect([options.onEvent].flat()).toContain(listener)
    controller.abort()
    expect(options.signal?.aborted).toBe(true)
  })
})

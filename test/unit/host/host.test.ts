import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ask, change } from '../../../src/command/command.js'
import { script } from '../../../src/command/script.js'
import { Host } from '../../../src/host/host.js'
import { gone, running } from '../../support/processes.js'
import { localPlace } from '../../support/temporary.js'

describe('a host', () => {
  const place = localPlace()

  it('is never changed: scoped copies share its connection', async () => {
    const { host, directory } = place
    await mkdir(join(directory, 'deep/er'), { recursive: true })
    const scoped = host.within(directory).withEnv({ A: '1' }).within('deep').withEnv({ B: '2' })
    expect((await scoped.within('er').ask`pwd; echo "$A$B"`).lines).toEqual([
      join(directory, 'deep/er'),
      '12',
    ])
    expect((await host.ask`pwd; echo "$A$B"`).lines).toEqual([process.cwd(), ''])
    expect(await scoped.roundTrips()).toBe(await host.roundTrips())
  })

  it('means the same directory by a relative name, whoever runs the command', async () => {
    const there = place.host.within('.')
    const [own, other] = [await there.ask`pwd`, await there.as(userInfo().username).ask`pwd`]
    expect(other.stdout).toBe(own.stdout)
  })

  it('does as a script says: reads its results, or explains its failure', async () => {
    const sum = script([ask`echo 1`, ask`echo 2`], ([a, b]) => Number(a.stdout) + Number(b.stdout))
    expect(await place.host.perform(sum)).toBe(3)
    const failing = script(
      [ask`:`, ask`exit 5`],
      () => 0,
      ({ exitCode }, index) => new RangeError(`${index} ended with ${exitCode}`),
    )
    await expect(place.host.perform(failing)).rejects.toThrow(new RangeError('1 ended with 5'))
  })

  it('does nothing, and asks nothing of the machine, when there is nothing to do', async () => {
    await using fresh = Host.local()
    expect(await fresh.runAll([])).toEqual([])
    expect(await fresh.roundTrips()).toBe(0)
  })

  it('gives output while it is printed, and tells which command printed it', async () => {
    const heard: string[] = []
    await place.host.runAll([ask`echo one`, ask`echo two >&2`], {
      onOutput: (stream, chunk, command) => heard.push(`${stream} ${String(chunk).trim()} of ${command}`),
    })
    expect(heard).toEqual(['stdout one of echo one', 'stderr two of echo two >&2'])
  })

  it('keeps the order of calls that were not waited for', async () => {
    const calls = Array.from({ length: 20 }, (_, index) => place.host.ask`echo ${index}`)
    const numbers = (await Promise.all(calls)).map(({ stdout }) => Number(stdout))
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, index) => index))
  })

  it('opens a new shell after it was closed', async () => {
    const host = Host.local()
    expect((await host.ask`echo 1`).stdout).toBe('1')
    await host.close()
    expect((await host.ask`echo 2`).stdout).toBe('2')
    expect(await host.roundTrips()).toBe(2)
    await host.close()
    await host.close()
  })

  it('says that a command may have run when its shell is lost in the middle of it, then goes on', async () => {
    const host = Host.local()
    const lost = host.run`kill -9 $$`
    await expect(lost).rejects.toMatchObject({ code: 'CONNECTION_LOST', mayHaveRun: true })
    expect((await host.ask`echo again`).stdout).toBe('again')
    await host.close()
  })
})

describe('a limit', () => {
  const place = localPlace()

  it('counts for every call of a host that is limited', async () => {
    const limited = place.host.limitedBy({ timeout: 200 })
    await expect(limited.run`sleep 96.11`).rejects.toMatchObject({ code: 'TIMED_OUT' })
    expect(await gone('sleep 96.11')).toBe(true)
    await expect(limited.within('/').run`sleep 96.12`).rejects.toMatchObject({ code: 'TIMED_OUT' })
    expect((await place.host.ask`sleep 0.4; echo done`).stdout).toBe('done')
  })

  it('counts silence, from when the command runs, and any output ends it', async () => {
    const quiet = { idleTimeout: 400 }
    const chatty = place.host.runAll([ask`for i in 1 2 3 4 5; do echo $i; sleep 0.15; done`], quiet)
    const waiting = place.host.runAll([ask`echo my turn`], quiet)
    expect((await chatty)[0]?.lines).toHaveLength(5)
    expect((await waiting)[0]?.stdout).toBe('my turn')
    const silent = place.host.runAll([ask`echo a; sleep 97.31`], quiet)
    await expect(silent).rejects.toMatchObject({ code: 'TIMED_OUT' })
    await expect(silent).rejects.toThrow('it printed nothing for 400 ms')
    expect(await gone('sleep 97.31')).toBe(true)
  })

  it('ends all that a command has started', async () => {
    const family = change`sh -c 'sleep 95.21 & sleep 95.22'; sleep 95.23`
    await expect(place.host.runAll([family], { timeout: 200 })).rejects.toMatchObject({ code: 'TIMED_OUT' })
    for (const seconds of [21, 22, 23]) expect(await gone(`sleep 95.${seconds}`)).toBe(true)
  })

  it('leaves the commands alone that come after the one that was cut off', async () => {
    const file = join(place.directory, 'after')
    const polite = change`trap 'exit 0' TERM; sleep 94.31 & wait`
    const batch = place.host.runAll([polite, change`touch ${file}`], { timeout: 200 })
    await expect(batch).rejects.toMatchObject({ code: 'TIMED_OUT' })
    expect(existsSync(file)).toBe(false)
  })

  it('ends a command, too, that does not want to end', { timeout: 30_000 }, async () => {
    const host = Host.local()
    const stubborn = change`trap '' TERM; sleep 93.42; sleep 93.43`
    const end = await Promise.race([
      host.runAll([stubborn], { timeout: 200 }).catch((error: unknown) => error),
      pause(20_000, 'it still runs'),
    ])
    for (const args of ['sleep 93.42', 'sleep 93.43']) {
      for (const pid of await running(args)) process.kill(pid, 'SIGKILL')
    }
    expect(end).toMatchObject({ code: 'TIMED_OUT' })
    await host.close()
  })
})

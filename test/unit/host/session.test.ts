import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, change } from '../../../src/command/command.js'
import { Secret } from '../../../src/command/secret.js'
import { CommandError } from '../../../src/errors/command-error.js'
import type { ProcessEnd } from '../../../src/host/connection.js'
import { Host } from '../../../src/host/host.js'
import { Session } from '../../../src/host/session.js'

let directory: string
let host: Host

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dye-session-'))
  host = Host.local()
})

afterAll(async () => {
  await host.close()
  await rm(directory, { recursive: true, force: true })
})

/** True while a process with these arguments runs. */
function runs(args: string): boolean {
  return execFileSync('ps', ['-eo', 'args']).toString().split('\n').includes(args)
}

async function until(condition: () => boolean, seconds = 10): Promise<boolean> {
  for (let tries = 0; tries < seconds * 20; tries += 1) {
    if (condition()) return true
    await pause(50)
  }
  return false
}

const md5 = (text: string) => createHash('md5').update(text).digest('hex')

describe('commands of a session', () => {
  it('have a result each, in one round trip', async () => {
    const before = await host.roundTrips()
    const results = await host.runAll([
      ask`echo out; echo err >&2`,
      ask`printf 'no line end'`,
      ask`exit 3`.accepting(3),
      ask`cat`,
      ask`cat`.withStdin('a\nb\n'),
      ask`printf '\377\000\376'`,
      ask`sleep 60 >/dev/null 2>&1 & echo started`,
    ])
    expect(results.map(({ stdout }) => stdout).slice(0, 5)).toEqual(['out', 'no line end', '', '', 'a\nb'])
    expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0, 3, 0, 0, 0, 0])
    expect(results[0]?.stderr).toBe('err')
    expect(results[5]?.stdoutBytes).toEqual(Buffer.from([0xff, 0x00, 0xfe]))
    expect((await host.roundTrips()) - before).toBe(1)
  })

  it('end with the first that fails', async () => {
    const file = join(directory, 'not-to-be')
    const failing = host.runAll([ask`echo before`, ask`echo why >&2; exit 4`, change`touch ${file}`])
    const error = await failing.catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(CommandError)
    expect(error).toMatchObject({ exitCode: 4, stderr: 'why', code: 'COMMAND_FAILED' })
    expect(existsSync(file)).toBe(false)
  })

  it.each([
    ['a quote that is not closed', ask`echo "`],
    ['a brace too many', ask`}`],
    ['an unknown command', ask`no-such-command-here`],
    ['an end of its shell', ask`exit 9`],
    ['a signal', ask`sh -c 'kill -9 $$'`],
  ])('survive %s', async (_, command) => {
    await expect(host.runAll([command])).rejects.toBeInstanceOf(CommandError)
    expect((await host.ask`echo still here`).stdout).toBe('still here')
  })

  it('run where and as whom they should', async () => {
    const there = host.within(directory).withEnv({ GREETING: "it's me", PASSWORD: Secret.of('s e c') })
    const { lines } = await there.ask`pwd; echo "$GREETING"; printf %s "$PASSWORD" | md5sum`
    expect(lines).toEqual([directory, "it's me", `${md5('s e c')}  -`])
    expect((await there.within('..').ask`pwd`).stdout).toBe(tmpdir())
    expect((await host.as(userInfo().username).ask`id -un`).stdout).toBe(userInfo().username)
  })

  it('do not run at all where their directory is missing', async () => {
    const gone = host.within(join(directory, 'missing')).run`touch ${join(directory, 'wrong-place')}`
    await expect(gone).rejects.toMatchObject({ exitCode: 1 })
    expect(existsSync(join(directory, 'wrong-place'))).toBe(false)
  })

  it('read what another user is fed, too', async () => {
    const user = userInfo().username
    const [result] = await host.runAll([ask`cat`.as(user).withStdin('line 1\nline 2')])
    expect(result?.stdout).toBe('line 1\nline 2')
  })

  it('are masked in errors', async () => {
    const failing = host.run`false ${Secret.of('canary-word')}`
    const error = await failing.catch((thrown: unknown) => thrown)
    expect(`${error}${JSON.stringify(error)}`).not.toContain('canary-word')
  })
})

describe('the streams of a session', () => {
  it('may be far ahead of each other', async () => {
    const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() }
    const never = {
      exited: new Promise<ProcessEnd>(() => {}),
      ended: new Promise<ProcessEnd>(() => {}),
      abandon: () => {},
    }
    const spawned = async () => ({ ...streams, ...never })
    const session = await Session.open({ name: 'made up', spawn: spawned })
    const token = /^T=(\w+)/m.exec(String(streams.stdin.read()))?.[1]
    const mark = (index: number, code: number) => `\x1e${token} ${index} ${code}\n`
    for (const stream of ['stdout', 'stderr'] as const) streams[stream].write(`\x1e${token} hello 1\n`)
    const results = session.perform([ask`a`, ask`b`.accepting(3), ask`c`])
    await pause(10)
    streams.stdout.write(`one${mark(0, 0)}two${mark(1, 3)}three${mark(2, 0)}`)
    await pause(10)
    streams.stderr.write(`ONE${mark(0, 0)}${mark(1, 3)}THREE${mark(2, 0)}`)
    const told = (await results).map(({ stdout, stderr, exitCode }) => [stdout, stderr, exitCode])
    expect(told).toEqual([
      ['one', 'ONE', 0],
      ['two', '', 3],
      ['three', 'THREE', 0],
    ])
  })
})

describe('limits', () => {
  it('end the process on the host when the time is up; the session goes on', async () => {
    const late = host.runAll([change`sleep 98.7`], { timeout: 200 })
    await expect(late).rejects.toMatchObject({ code: 'TIMED_OUT' })
    expect(await until(() => !runs('sleep 98.7'))).toBe(true)
    expect((await host.ask`echo on`).stdout).toBe('on')
  })

  it('end it when the signal is aborted', async () => {
    const controller = new AbortController()
    const cancelled = host.runAll([change`sleep 97.6`], { signal: controller.signal })
    expect(await until(() => runs('sleep 97.6'))).toBe(true)
    controller.abort()
    await expect(cancelled).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(await until(() => !runs('sleep 97.6'))).toBe(true)
  })

  it('refuse what was cancelled before its turn came, and leave what runs alone', async () => {
    const controller = new AbortController()
    const running = host.ask`sleep 0.5; echo ran`
    const waiting = host.runAll([ask`:`], { signal: controller.signal })
    controller.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' })
    expect((await running).stdout).toBe('ran')
    await expect(host.runAll([ask`:`], { signal: controller.signal })).rejects.toMatchObject({
      code: 'CANCELLED',
    })
  })
})

describe('a lock in a session', () => {
  it('is inherited by what runs there, and free when the session is closed', async () => {
    const lock = join(directory, 'lock')
    const holder = host.ownSession()
    await holder.runAll([change`exec 9>>${lock} && flock -n 9`.inSession()])
    expect((await holder.ask`ls -l /proc/self/fd/9`).stdout).toContain(lock)
    await expect(host.run`flock -n ${lock} true`).rejects.toBeInstanceOf(CommandError)
    await holder.closeSession()
    await host.run`flock -n ${lock} true`
  })
})

describe('a program that does not close its host', () => {
  it('ends all the same, and waits for what runs', async () => {
    const program = `
      import { Host } from ${JSON.stringify(new URL('../../../src/host/host.ts', import.meta.url).pathname)}
      const { stdout } = await Host.local().ask\`sleep 0.3; echo done\`
      console.log(stdout)
    `
    const tsx = new URL('../../../node_modules/tsx/dist/loader.mjs', import.meta.url).href
    const words = ['--import', tsx, '--input-type=module', '--eval', program]
    const { stdout, exitCode } = await execa(process.execPath, words, { timeout: 20_000, reject: false })
    expect([stdout, exitCode]).toEqual(['done', 0])
  })
})

describe('a guard', () => {
  const SOURCE = new URL('../../../src/host/host.ts', import.meta.url).pathname
  const COMMANDS = new URL('../../../src/command/command.ts', import.meta.url).pathname
  const TSX = new URL('../../../node_modules/tsx/dist/loader.mjs', import.meta.url).href

  /** A program of its own that leaves a guard behind, then acts on what it is told. */
  const program = (file: string) => `
    import { Host } from ${JSON.stringify(SOURCE)}
    import { change } from ${JSON.stringify(COMMANDS)}
    const session = Host.local().ownSession()
    await session.guardWith([change\`echo guarded >${file}\`])
    await session.run\`true\`
    console.log('ready')
    process.stdin.once('data', () => session.closeSession().then(() => process.exit()))
  `

  const start = async (file: string) => {
    const child = spawn(process.execPath, ['--import', TSX, '--input-type=module', '--eval', program(file)])
    await new Promise(resolve => child.stdout.once('data', resolve))
    return child
  }

  it('runs when the program that left it is killed', async () => {
    const file = join(directory, 'killed')
    const child = await start(file)
    expect(existsSync(file)).toBe(false)
    child.kill('SIGKILL')
    expect(await until(() => existsSync(file))).toBe(true)
  })

  it('does not run when the session is closed in order', async () => {
    const file = join(directory, 'closed')
    const child = await start(file)
    const ended = new Promise(resolve => child.once('exit', resolve))
    child.stdin.write('close\n')
    expect(await ended).toBe(0)
    await pause(500)
    expect(existsSync(file)).toBe(false)
  })
})

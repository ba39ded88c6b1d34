import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { quote } from '../../../src/command/quote.js'
import { frame, HEARTBEAT_MS, runnerScript, SILENCE_LIMIT_S } from '../../../src/host/runner-script.js'
import { localPlace } from '../../support/temporary.js'

const TOKEN = 'token-of-the-test'
const started: ChildProcessWithoutNullStreams[] = []

afterEach(() => {
  for (const { pid } of started.splice(0)) {
    try {
      if (pid) process.kill(-pid, 'SIGKILL')
    } catch {
      // it has ended by itself, as it should
    }
  }
})

/** A runner in a shell, as a session starts it. */
function runner(shell: string): ChildProcessWithoutNullStreams {
  const program = runnerScript(TOKEN)
  const child = spawn(shell, ['-c', `eval "$(head -c ${Buffer.byteLength(program)})"`], { detached: true })
  started.push(child)
  child.stdin.on('error', () => {}) // it may have ended before all was written
  child.stdin.write(program)
  return child
}

/** Sends frames, then closes the input unless told otherwise; resolves with what was said at the end. */
async function answerTo(shell: string, frames: readonly string[], { close = true } = {}) {
  const child = runner(shell)
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', chunk => {
    said.stdout += chunk
  })
  child.stderr.on('data', chunk => {
    said.stderr += chunk
  })
  for (const each of frames) child.stdin.write(each)
  if (close) child.stdin.end()
  const exitCode = await new Promise<number | null>(resolve => child.once('close', resolve))
  const text = (stream: string) => stream.replaceAll(`\x1e${TOKEN}`, '#').replace(/^# hello \d+\n/, '')
  return { stdout: text(said.stdout), stderr: text(said.stderr), exitCode }
}

const run = (index: number, text: string, accepted = '0') => `run ${index} ${quote(accepted)} ${quote(text)}`

describe('a frame', () => {
  it.each([
    ['run', 'echo', 'r00000000004echo'],
    ['guard', 'é😀', 'g00000000006é😀'],
    ['heartbeat', '', 'h00000000000'],
    ['quit', undefined, 'q00000000000'],
  ] as const)('to %s %j tells its length in bytes', (kind, body, wire) => {
    expect(frame(kind, body)).toBe(wire)
  })

  it('is a sign of life often enough', () => {
    expect(HEARTBEAT_MS * 3).toBeLessThan(SILENCE_LIMIT_S * 1000)
  })
})

describe.each(['/bin/dash', '/bin/bash'])('the runner in %s', shell => {
  const place = localPlace()

  it('marks the end of each command on both streams, and stops at the first that fails', async () => {
    const body = [run(0, 'echo a; echo b >&2'), run(1, 'exit 3', '0 3'), run(2, 'exit 4'), run(3, 'echo no')]
    const answer = await answerTo(shell, [frame('run', body.join(' &&\n')), frame('quit')])
    expect(answer.stdout).toBe('a\n# 0 0\n# 1 3\n# 2 4\n')
    expect(answer.stderr).toBe('b\n# 0 0\n# 1 3\n# 2 4\n')
    expect(answer.exitCode).toBe(0)
  })

  it('keeps the frames from the commands, whatever is in them', async () => {
    const body = [run(0, 'cat; head -c 12; read -r x; echo "[$x]"'), run(1, 'echo "é😀\n"')].join(' &&\n')
    const answer = await answerTo(shell, [
      frame('run', body),
      frame('run', run(2, 'echo next')),
      frame('quit'),
    ])
    expect(answer.stdout).toBe('[]\n# 0 0\né😀\n\n# 1 0\nnext\n# 2 0\n')
  })

  it('does not let a command see the token or leave variables behind', async () => {
    const frames = [run(0, 'echo "[$T][$guard]"; T=x; PATH=; x=y'), run(1, 'echo "[$x]"; id -u >/dev/null')]
    const { stdout } = await answerTo(shell, [frame('run', frames.join(' &&\n')), frame('quit')])
    expect(stdout).toBe('[][]\n# 0 0\n[]\n# 1 0\n')
  })

  it('keeps what a command of the session opens', async () => {
    const body = [`keep 0 0 'exec 7</dev/null; y=kept'`, run(1, 'readlink /proc/self/fd/7; echo "$y"')]
    const { stdout } = await answerTo(shell, [frame('run', body.join(' &&\n')), frame('quit')])
    expect(stdout).toBe('# 0 0\n/dev/null\nkept\n# 1 0\n')
  })

  it.each([
    ['when its input ends', '', true],
    ['when its input ends within the head of a frame', 'r000', true],
    ['when its input ends within the body of a frame', 'r00000000099run 0', true],
    ['not when it is told to quit', frame('quit'), false],
  ])('runs the guard %s', async (title, last, expected) => {
    const file = join(place.directory, title)
    const { stdout } = await answerTo(shell, [frame('guard', `echo noise; echo x >${quote(file)}`), last])
    expect(existsSync(file)).toBe(expected)
    expect(stdout).toBe('')
  })

  it('runs the last guard only, without input', async () => {
    const [first, second] = [join(place.directory, 'first'), join(place.directory, 'second')]
    const guards = [frame('guard', `: >${quote(first)}`), frame('guard', `cat; : >${quote(second)}`)]
    await answerTo(shell, guards)
    expect([existsSync(first), existsSync(second)]).toEqual([false, true])
  })

  it('runs no half of a frame', async () => {
    const file = join(place.directory, 'half')
    await answerTo(shell, [frame('run', run(0, `: >${quote(file)}; sleep 0`)).slice(0, -8)])
    expect(existsSync(file)).toBe(false)
  })

  it('outlives a TERM to its process group, in or between commands', async () => {
    const child = runner(shell)
    let said = ''
    child.stdout.on('data', chunk => {
      said += chunk
    })
    const saying = async (words: string) => {
      while (!said.includes(words)) await new Promise(resolve => child.stdout.once('data', resolve))
    }
    child.stdin.write(frame('run', run(9, 'echo ready')))
    await saying(`${TOKEN} 9 0`)
    const group = -(child.pid ?? Number.NaN)
    process.kill(group, 'SIGTERM')
    child.stdin.write(frame('run', run(0, 'echo begun; sleep 300')))
    await saying('begun')
    process.kill(group, 'SIGTERM')
    await saying(`${TOKEN} 0 143`)
    child.stdin.write(frame('run', run(1, 'echo alive')) + frame('quit'))
    await saying(`alive\n\x1e${TOKEN} 1 0`)
    expect(await new Promise(resolve => child.once('close', resolve))).toBe(0)
  })
})

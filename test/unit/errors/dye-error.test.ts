import { describe, expect, it } from 'vitest'
import { CommandResult } from '../../../src/command/result.js'
import { CommandError } from '../../../src/errors/command-error.js'
import { DyeError } from '../../../src/errors/dye-error.js'

describe('an error', () => {
  it('says what, where, why, the end of the output, and what to do', () => {
    const output = Array.from({ length: 30 }, (_, index) => `line ${index}`).join('\n')
    const error = new DyeError('X', {
      what: 'do it',
      host: 'web1',
      why: 'it broke',
      output,
      remedy: 'mend it.',
    })
    const lines = error.message.split('\n')
    expect(lines[0]).toBe('Could not do it on web1: it broke.')
    expect(lines.slice(1, -1)).toEqual([
      '  | …',
      ...output
        .split('\n')
        .slice(-10)
        .map(line => `  | ${line}`),
    ])
    expect(lines.at(-1)).toBe('What to do: mend it.')
    expect(error).toMatchObject({ code: 'X', host: 'web1', remedy: 'mend it.', shortMessage: lines[0] })
  })

  it('says no more than it knows', () => {
    expect(new DyeError('X', { what: 'do it' }).message).toBe('Could not do it.')
  })
})

describe('the error of a command', () => {
  const result = new CommandResult({
    ...{ command: 'false', host: 'web1', exitCode: 1, signal: undefined, durationMs: 5 },
    ...{ stdoutBytes: Buffer.from('out'), stderrBytes: Buffer.from('err') },
  })

  it('has everything that its result has', () => {
    const { command, host, exitCode, signal, stdout, stderr, durationMs } = result
    expect(new CommandError(result)).toMatchObject({
      command,
      host,
      exitCode,
      signal,
      stdout,
      stderr,
      durationMs,
    })
  })

  it.each([
    [1, undefined, 'exit code 1'],
    [127, undefined, 'not found'],
    [137, 'SIGKILL', 'ended by SIGKILL'],
  ])('explains %s %s', (exitCode, signal, words) => {
    const failed = new CommandError({ ...result, stdout: 'out', stderr: 'err', exitCode, signal })
    expect(failed.message).toContain(words)
    expect(failed.name).toBe('CommandError')
  })
})

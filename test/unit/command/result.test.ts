import { describe, expect, it } from 'vitest'
import { type CommandRecord, CommandResult } from '../../../src/command/result.js'

function resultOf(stdout: string | Buffer, more: Partial<CommandRecord> = {}): CommandResult {
  return new CommandResult({
    ...{ command: 'x', host: 'web1', exitCode: 0, signal: undefined, durationMs: 3 },
    ...{ stdoutBytes: Buffer.from(stdout), stderrBytes: Buffer.alloc(0) },
    ...more,
  })
}

describe('what a command printed', () => {
  it.each<[string, string, readonly string[]]>([
    ['', '', []],
    ['\n', '', []],
    ['a', 'a', ['a']],
    ['a\n', 'a', ['a']],
    ['a\r\n', 'a', ['a']],
    ['a\n\n', 'a\n', ['a', '']],
    ['\na', '\na', ['', 'a']],
    [' a \n b ', ' a \n b ', [' a ', ' b ']],
    ['é 😀\n', 'é 😀', ['é 😀']],
  ])('%j is the text %j, in lines %j', (printed, text, lines) => {
    expect(resultOf(printed).stdout).toBe(text)
    expect(resultOf(printed).lines).toEqual(lines)
    expect(resultOf('', { stderrBytes: Buffer.from(printed) }).stderr).toBe(text)
  })

  it('is there byte for byte, though it may be no text', () => {
    const bytes = Buffer.from([0x61, 0xff, 0x00, 0x0a])
    expect(resultOf(bytes).stdoutBytes).toEqual(bytes)
    expect(resultOf(bytes).stdout).toBe('a\ufffd\0')
  })
})

describe('how a command ended', () => {
  it.each<[Partial<CommandRecord>, boolean]>([
    [{ exitCode: 0 }, true],
    [{ exitCode: 1 }, false],
    [{ exitCode: 143, signal: 'SIGTERM' }, false],
    [{ exitCode: undefined, signal: 'SIGKILL' }, false],
    [{ exitCode: undefined }, false],
  ])('%j is well: %s', (end, ok) => {
    expect(resultOf('', end).ok).toBe(ok)
    expect(resultOf('', end)).toMatchObject({ host: 'web1', durationMs: 3, ...end })
  })
})

import { describe, expect, it } from 'vitest'
import { ask } from '../../../src/command/command.js'
import { CommandResult } from '../../../src/command/result.js'
import { mapped, script, together } from '../../../src/command/script.js'
import { CommandError } from '../../../src/errors/command-error.js'

function said(stdout: string, exitCode = 0): CommandResult {
  return new CommandResult({
    ...{ command: 'x', host: 'h', exitCode, signal: undefined, durationMs: 0 },
    ...{ stdoutBytes: Buffer.from(stdout), stderrBytes: Buffer.alloc(0) },
  })
}

const first = script([ask`a`, ask`b`], ([a, b]) => a.stdout + b.stdout)
const second = script(
  [ask`c`],
  ([c]) => c.lines,
  (failure, index) => new Error(`second ${index} ${failure.exitCode}`),
)

describe('scripts together', () => {
  const both = together(first, second)

  it('are one script, of which each reads its own results', () => {
    expect(both.commands.map(String)).toEqual(['a', 'b', 'c'])
    expect(both.read([said('1'), said('2'), said('3\n4\n')])).toEqual(['12', ['3', '4']])
  })

  it('let the one that failed explain it, by the place in it', () => {
    const failure = new CommandError(said('', 7))
    expect(both.explain?.(failure, 2).message).toBe('second 0 7')
    expect(both.explain?.(failure, 1)).toBe(failure)
  })

  it('can be read on', () => {
    const length = mapped(both, ([text, lines]) => text.length + lines.length)
    expect(length.read([said('1'), said('2'), said('3')])).toBe(3)
    expect(length.explain?.(new CommandError(said('', 7)), 2).message).toBe('second 0 7')
  })
})

describe('a result', () => {
  it('drops the last line end only, and has no line when nothing was printed', () => {
    expect(said('a\n\n').stdout).toBe('a\n')
    expect(said('').lines).toEqual([])
    expect(said('', 1).ok).toBe(false)
  })

  it('keeps bytes that are no UTF-8', () => {
    const bytes = Buffer.from([0xff, 0xfe, 0x00])
    const result = new CommandResult({ ...said(''), stdoutBytes: bytes, stderrBytes: bytes })
    expect(result.stdoutBytes).toEqual(bytes)
  })
})

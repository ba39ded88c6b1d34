import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { passwordPrompt, prompts } from '../../../src/report/prompts.js'

const DOWN = '\x1b[B'
const ENTER = '\r'
const CANCEL = '\x03'

const branches = { host: 'web1', chosen: 'main', deployed: 'stable', local: 'topic' }
const changes = (count: number) => ({
  host: 'web1',
  changes: Array.from({ length: count }, (_, index) => ` M file-${index}.`),
})

describe('prompts', () => {
  /** A terminal with somebody who presses keys once something is asked. */
  const terminal = () => {
    const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} })
    const output = Object.assign(new PassThrough(), { isTTY: true, columns: 120, rows: 60 })
    const said: string[] = []
    output.on('data', (chunk: Buffer) => said.push(chunk.toString()))
    const shown = () => stripVTControlCharacters(said.join(''))
    const press = async (question: string, ...keys: string[]) => {
      await expect.poll(shown).toContain(question)
      for (const key of keys) input.write(key)
    }
    return { input, output, shown, press }
  }

  it.each([
    [[ENTER], 'abort'],
    [[DOWN, ENTER], 'continue'],
    [[CANCEL], 'abort'],
  ])('are answered by keys: %j', async (keys, answer) => {
    const { press, ...streams } = terminal()
    const asked = prompts(streams).liveChanges
    const answered = typeof asked === 'function' ? asked(changes(25)) : undefined
    await press('go on all the same', ...keys)
    expect(await answered).toBe(answer)
    expect(streams.shown()).toContain('web1: 25 files of the live release were changed by hand.')
    expect(streams.shown()).toContain('file-19.')
    expect(streams.shown()).not.toContain('file-20.')
    expect(streams.shown()).toContain('and 5 more')
  })

  it('let one choose a branch', async () => {
    const { press, ...streams } = terminal()
    const { branchMismatch } = prompts(streams)
    const answered = typeof branchMismatch === 'function' ? branchMismatch(branches) : undefined
    await press('deploy topic', DOWN, DOWN, ENTER)
    expect(await answered).toEqual({ branch: 'stable' })
  })

  it('ask for a password, once, without showing it', async () => {
    const { press, ...streams } = terminal()
    const ask = passwordPrompt('Password of root', streams)
    const both = [ask(), ask()]
    await press('Password of root', ...'s3cret', ENTER)
    for (const asked of both) expect((await asked).reveal()).toBe('s3cret')
    expect(streams.shown()).not.toContain('s3cret')
  })

  it('take a password from nobody where there is no terminal, or who does not want to', async () => {
    const { press, ...streams } = terminal()
    const cancelled = passwordPrompt('Password', streams)()
    const refused = expect(cancelled).rejects.toThrow('it was not given: "Password"')
    await press('Password', CANCEL)
    await refused
    const silent = passwordPrompt('Password', { input: new PassThrough(), output: new PassThrough() })
    await expect(silent()).rejects.toThrow('nobody can be asked for it: "Password"')
  })

  it('ask one thing after the other', async () => {
    const { press, ...streams } = terminal()
    const { liveChanges } = prompts(streams)
    const ask = (host: string) =>
      typeof liveChanges === 'function' ? liveChanges({ host, changes: ['x'] }) : undefined
    const both = [ask('web1'), ask('web2')]
    await press('web1', DOWN, ENTER)
    expect(await both[0]).toBe('continue')
    await press('web2', ENTER)
    expect(await both[1]).toBe('abort')
  })

  it('stop where there is no terminal, but for what a deploy that died has left', async () => {
    const { liveChanges, leftOver } = prompts({ input: new PassThrough(), output: new PassThrough() })
    expect(typeof liveChanges === 'function' && liveChanges(changes(1))).toBe('abort')
    const left = { host: 'h', release: 'r', at: undefined, by: undefined }
    expect(typeof leftOver === 'function' && leftOver(left)).toBe('continue')
  })
})

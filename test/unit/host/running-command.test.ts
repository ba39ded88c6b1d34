import { describe, expect, it } from 'vitest'
import { CommandError } from '../../../src/errors/command-error.js'
import { localPlace } from '../../support/temporary.js'

describe('a command under way', () => {
  const { host } = localPlace()

  it('gives its lines while it runs, and its result', async () => {
    const command = host.ask`echo one; sleep 0.3; echo two; echo three >&2`
    const heard: [string, boolean][] = []
    let ended = false
    command.then(() => {
      ended = true
    })
    for await (const line of command) heard.push([line, ended])
    expect(heard.map(([line]) => line)).toEqual(['one', 'two'])
    expect(heard[0]?.[1]).toBe(false)
    expect(await command).toMatchObject({ stdout: 'one\ntwo', stderr: 'three', exitCode: 0 })
  })

  it('throws its failure to whoever reads the lines, after the last', async () => {
    const heard: string[] = []
    const reading = (async () => {
      for await (const line of host.ask`echo one; exit 3`) heard.push(line)
    })()
    await expect(reading).rejects.toBeInstanceOf(CommandError)
    expect(heard).toEqual(['one'])
  })

  it('goes on when its reader leaves', async () => {
    const command = host.ask`seq 1 300000; echo end >&2`
    for await (const line of command) if (line === '2') break
    expect((await command).stderr).toBe('end')
    expect((await host.ask`echo next`).stdout).toBe('next')
  })

  it('waits for a slow reader, and loses nothing', async () => {
    let count = 0
    let last = ''
    for await (const line of host.ask`seq 1 600000`) {
      count += 1
      last = line
      if (count % 100_000 === 0) await new Promise(resolve => setTimeout(resolve, 20))
    }
    expect([count, last]).toEqual([600_000, '600000'])
  })

  it('cannot be asked for lines that have gone by', async () => {
    const command = host.ask`echo one`
    await command
    expect(() => command[Symbol.asyncIterator]()).toThrow('before it prints the first')
  })
})

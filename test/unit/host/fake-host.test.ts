import { describe, expect, it } from 'vitest'
import { ask, change } from '../../../src/command/command.js'
import { CommandError } from '../../../src/errors/command-error.js'
import { FakeHost } from '../../../src/testing.js'

describe('a fake host', () => {
  it('answers what was prepared, the last fitting answer first, and remembers what was run', async () => {
    const host = new FakeHost()
      .answer(/^df /, 'first')
      .answer(/^df /, { stdout: 'second', stderr: 'mind' })
      .answer('cat /etc/x', command => `${command.kind} ${command}`)
    expect((await host.ask`df -P`).stdout).toBe('second')
    expect((await host.within('/srv').ask`cat /etc/x`).stdout).toBe('ask cat /etc/x')
    expect(host.transcript).toEqual(['df -P', 'cat /etc/x'])
    expect(await host.roundTrips()).toBe(2)
  })

  it('fails like a real one, and stops there', async () => {
    const host = new FakeHost().answer('a', { exitCode: 3, stderr: 'no' }).answer('b', '')
    await expect(host.runAll([change`a`, change`b`])).rejects.toBeInstanceOf(CommandError)
    expect(host.transcript).toEqual(['a'])
    expect(await host.runAll([ask`a`.accepting(3), change`b`])).toHaveLength(2)
  })

  it('names a command that nobody expected', async () => {
    await expect(new FakeHost('web1').run`reboot`).rejects.toThrow('the command "reboot" on web1')
  })
})

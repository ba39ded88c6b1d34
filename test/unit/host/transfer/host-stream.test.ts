import { PassThrough } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { ask } from '../../../../src/command/command.js'
import type { HostProcess } from '../../../../src/host/connection.js'
import { Watch } from '../../../../src/host/limits.js'
import { HostStream } from '../../../../src/host/transfer/host-stream.js'

/** A process that has failed, and may still have something to say. */
async function failed(): Promise<{ stream: HostStream; stderr: PassThrough }> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const ended = Promise.resolve({ exitCode: 1, signal: undefined })
  const process: HostProcess = { stdin, stdout, stderr, ended, exited: ended, abandon() {}, hold() {} }
  const stop = new Watch({}, 'try it', 'here')
  const stream = await HostStream.start({ spawn: async () => process }, ask`false`, stop)
  stdout.end()
  return { stream, stderr }
}

it('tells what a process had to say, even if that comes after its end', async () => {
  const { stream, stderr } = await failed()
  const finished = stream.finished(({ stderr: said }) => new Error(said))
  void pause(20).then(() => stderr.end('Permission denied'))
  await expect(finished).rejects.toThrow('Permission denied')
})

it('does not wait for ever for a child that holds the error stream open', async () => {
  const { stream, stderr } = await failed()
  stderr.write('so far')
  await expect(stream.finished(({ stderr: said }) => new Error(said))).rejects.toThrow('so far')
})

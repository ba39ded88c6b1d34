import { setTimeout as later } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { change } from '../../../../src/command/command.js'
import { Watch } from '../../../../src/host/limits.js'
import { HostStream } from '../../../../src/host/transfer/host-stream.js'
import { localPlace } from '../../../support/temporary.js'

describe('a stream from a host', () => {
  const place = localPlace()

  it('loses nothing when it is read late', async () => {
    using stop = new Watch({}, 'read', place.host.name)
    const process = await HostStream.start(place.host, change`head -c 50000 /dev/zero`, stop)
    await later(100)
    let size = 0
    for await (const chunk of process.chunks()) size += chunk.length
    await process.finished(() => new Error('failed'))
    expect(size).toBe(50_000)
  })

  it('tells how it failed, or that it was cancelled', async () => {
    using stop = new Watch({ timeout: 200 }, 'wait', place.host.name)
    const failing = await HostStream.start(place.host, change`echo no >&2; exit 3`, stop)
    const told = failing.finished(({ exitCode, stderr }) => new Error(`${exitCode} ${stderr}`))
    await expect(told).rejects.toThrow('3 no')
    const waiting = await HostStream.start(place.host, change`cat`, stop)
    await expect(waiting.finished(() => new Error('failed'))).rejects.toMatchObject({ code: 'TIMED_OUT' })
  })
})

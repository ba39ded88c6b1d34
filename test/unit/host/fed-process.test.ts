import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ask, change } from '../../../src/command/command.js'
import { Secret } from '../../../src/command/secret.js'
import { gone } from '../../support/processes.js'
import { localPlace } from '../../support/temporary.js'

describe('a command that reads a stream', () => {
  const place = localPlace()
  const run = async (command: ReturnType<typeof ask>, options = {}) => {
    const [result] = await place.host.runAll([command], options)
    return result
  }

  it('gets a file of this machine, byte for byte', async () => {
    const bytes = randomBytes(5_000_000)
    const file = join(place.directory, 'big')
    await writeFile(file, bytes)
    const result = await run(ask`sha256sum`.withStdin(createReadStream(file)))
    expect(result?.stdout).toBe(`${createHash('sha256').update(bytes).digest('hex')}  -`)
  })

  it.each([
    ['nothing', []],
    ['texts', ['é', '', 'ü\n']],
    ['what looks like the end', ['000000000000', Buffer.from('000000000000')]],
  ])('gets %s', async (_, pieces) => {
    const copy = join(place.directory, 'copy')
    await run(change`cat >${copy}`.withStdin(Readable.from(pieces)))
    expect(await readFile(copy)).toEqual(Buffer.concat(pieces.map(piece => Buffer.from(piece))))
  })

  it('runs where it should, with its environment, as one of several calls', async () => {
    const there = place.host.within(place.directory).withEnv({ NAME: 'x y' }).as(userInfo().username)
    const command = ask`pwd; echo "$NAME"; cat; exit 3`.accepting(3).withStdin(Readable.from(['in']))
    const [results, other] = await Promise.all([there.runAll([command]), there.ask`echo other`])
    expect(results[0]).toMatchObject({ stdout: `${place.directory}\nx y\nin`, exitCode: 3 })
    expect(other.stdout).toBe('other')
  })

  it('fails as others do', async () => {
    const command = ask`cat >/dev/null; echo why >&2; exit 4`.withStdin(Readable.from(['in']))
    await expect(run(command)).rejects.toMatchObject({ exitCode: 4, stderr: 'why', code: 'COMMAND_FAILED' })
  })

  it('need not read it to the end', async () => {
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(65_536, 'x')
      })(),
    )
    expect((await run(ask`head -c 3`.withStdin(endless)))?.stdout).toBe('xxx')
    expect(endless.destroyed).toBe(true)
  })

  it('is killed when the stream fails, before it takes the part for the whole', async () => {
    const done = join(place.directory, 'taken-for-whole')
    const failing = Readable.from(
      (async function* () {
        yield 'half'
        await pause(100)
        throw new RangeError('disk error')
      })(),
    )
    const command = change`cat >/dev/null; touch ${done}`.withStdin(failing)
    await expect(run(command)).rejects.toThrow('disk error')
    await pause(200)
    expect(existsSync(done)).toBe(false)
  })

  it('is killed when it takes too long, with all it has started', async () => {
    const endless = Readable.from(
      (async function* () {
        for (;;) {
          yield 'x'
          await pause(20)
        }
      })(),
    )
    const command = change`cat >/dev/null & sleep 92.51`.withStdin(endless)
    await expect(run(command, { timeout: 300 })).rejects.toMatchObject({ code: 'TIMED_OUT' })
    expect(await gone('sleep 92.51')).toBe(true)
  })

  it('prints no secret', async () => {
    const command = ask`cat; echo "$TOKEN"`.withEnv({ TOKEN: Secret.of('hunter2') })
    const result = await run(command.withStdin(Readable.from(['hun', 'ter2\n'])))
    expect(result?.stdout).toBe('[secret]\n[secret]')
  })

  it('must be alone', async () => {
    const both = [ask`cat`.withStdin(Readable.from(['a'])), ask`true`]
    await expect(place.host.runAll(both)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })
})

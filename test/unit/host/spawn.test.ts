import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { change } from '../../../src/command/command.js'
import { Secret } from '../../../src/command/secret.js'
import { localPlace } from '../../support/temporary.js'

describe('a process of its own', () => {
  const place = localPlace()
  const fed = async (command: Parameters<typeof place.host.spawn>[0], input: string) => {
    const process = await place.host.spawn(command)
    process.stdin.end(input)
    const [stdout, { exitCode }] = await Promise.all([text(process.stdout), process.ended])
    return [stdout, exitCode]
  }

  it('reads data and nothing else', async () => {
    expect(await fed(change`cat; exit 3`, 'some\ndata')).toEqual(['some\ndata', 3])
    expect(await fed(change`head -c 4; exit 0`, 'x'.repeat(1_000_000))).toEqual(['xxxx', 0])
  })

  it('has a directory, an environment and a host like any other', async () => {
    const command = change`printf '%s|' "$PWD" "$A"; cat`.withEnv({ A: Secret.of("it's") })
    expect(await fed(command.in(place.directory), 'x')).toEqual([`${place.directory}|it's|x`, 0])
    expect(await fed(change`cat`.in('/no/such/directory'), 'x')).toEqual(['', 1])
  })
})

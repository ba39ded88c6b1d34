import { mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { change } from '../../../src/command/command.js'
import { CommandError } from '../../../src/errors/command-error.js'
import { removeLink, switchLink } from '../../../src/release/switch.js'
import { localPlace } from '../../support/temporary.js'

describe('the live link', () => {
  const place = localPlace()

  it('is switched a thousand times without a moment in which a reader finds nothing', {
    timeout: 60_000,
  }, async () => {
    const { host, directory } = place
    const live = join(directory, 'dev')
    for (const name of ['a', 'b']) {
      await mkdir(join(directory, name))
      await writeFile(join(directory, name, 'version'), name)
    }
    await host.runAll([switchLink(live, join(directory, 'a'))])
    let reading = true
    const seen = { a: 0, b: 0, failed: 0 }
    const reader = (async () => {
      while (reading) {
        const text = await readFile(join(live, 'version'), 'utf8').catch(() => 'failed')
        seen[text as keyof typeof seen] += 1
      }
    })()
    const switches = Array.from({ length: 1000 }, (_, index) =>
      switchLink(live, join(directory, index % 2 ? 'a' : 'b')),
    )
    await host.runAll(switches)
    reading = false
    await reader
    expect(seen.failed).toBe(0)
    expect(Math.min(seen.a, seen.b)).toBeGreaterThan(0)
    expect(await readlink(live)).toBe('a')
  })

  it('is not put into a directory that stands in its place', async () => {
    const real = join(place.directory, 'real')
    await mkdir(real)
    await expect(place.host.runAll([switchLink(real, join(place.directory, 'a'))])).rejects.toBeInstanceOf(
      CommandError,
    )
    const names = await readdir(place.directory)
    expect(names.filter(name => name.startsWith('real'))).toEqual(['real'])
    await place.host.runAll([change`rmdir -- ${real}`])
  })

  it('is taken away, but nothing else is', async () => {
    const [link, file] = [join(place.directory, 'link'), join(place.directory, 'file')]
    await writeFile(file, 'x')
    await place.host.runAll([switchLink(link, file), removeLink(link), removeLink(file)])
    await expect(readlink(link)).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await readFile(file, 'utf8')).toBe('x')
  })
})

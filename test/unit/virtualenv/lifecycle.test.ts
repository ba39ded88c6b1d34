import { existsSync } from 'node:fs'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { Virtualenv } from '../../../src/virtualenv/virtualenv.js'
import { needsPython } from '../../support/needs.js'
import { localPlace } from '../../support/temporary.js'

vi.setConfig({ testTimeout: 120_000 })

needsPython('a virtualenv, however it is built', () => {
  const place = localPlace()
  const there = () => place.host.within(place.directory)

  it("is uv's only where there is one", async () => {
    const bin = join(place.directory, 'bin')
    await mkdir(bin)
    await writeFile(join(bin, 'uv'), '#!/bin/sh\necho "fake uv: $1 $2"; exit 7\n')
    const empty = Virtualenv.at('empty')
    const home = { HOME: place.directory, PATH: '/usr/bin:/bin' }
    await expect(empty.installer('uv').ensure(there().withEnv(home))).rejects.toMatchObject({
      code: 'MISSING_REQUIREMENT',
    })
    await empty.installer('auto').ensure(there().withEnv(home))
    await chmod(join(bin, 'uv'), 0o755)
    const found = { ...home, PATH: `${bin}:/usr/bin:/bin` }
    await expect(empty.installer('auto').ensure(there().withEnv(found))).rejects.toThrow(
      'fake uv: pip install',
    )
  })

  it('is the one for the environment', async () => {
    const several = Virtualenv.at('several').requirements({
      production: 'p.txt',
      staging: ['b.txt', 's.txt'],
    })
    await writeFile(join(place.directory, 'p.txt'), '')
    expect(await several.forEnvironment('production').ensure(there())).toMatchObject({ changed: true })
    await expect(several.forEnvironment('staging').ensure(there())).rejects.toThrow('b.txt')
    expect(() => several.forEnvironment('test')).toThrow('only for production, staging')
    await expect(several.ensure(there())).rejects.toThrow('.forEnvironment("production")')
  })

  it('is marked as fresh, and left alone until its requirements change', async () => {
    const marked = Virtualenv.at('marked').inPlace().requirements('m.txt')
    await writeFile(join(place.directory, 'm.txt'), '')
    await expect(marked.markFresh(there())).rejects.toThrow('there is no environment at marked')
    await marked.ensure(there())
    await writeFile(join(place.directory, 'm.txt'), 'no-such-package-at-all\n')
    const key = await marked.markFresh(there())
    expect(await marked.ensure(there())).toMatchObject({ changed: false, key })
    await expect(Virtualenv.at('x').markFresh(there())).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })

  it('is removed, once, and nothing else ever is', async () => {
    for (const removed of [Virtualenv.at('gone').inPlace(), Virtualenv.at('gone')]) {
      await removed.ensure(there())
      expect(await removed.remove(there())).toEqual({ changed: true })
      expect(existsSync(join(place.directory, 'gone'))).toBe(false)
      expect(await removed.remove(there())).toEqual({ changed: false })
    }
    await mkdir(join(place.directory, 'precious'))
    await expect(Virtualenv.at('precious').remove(there())).rejects.toThrow('precious is no virtualenv')
    expect(existsSync(join(place.directory, 'precious'))).toBe(true)
  })
})

describe('a virtualenv of no use', () => {
  it('has a password in the address of its index', () => {
    expect(() => Virtualenv.at('x').index('https://a:b@c/')).toThrow('which would be seen')
  })
})

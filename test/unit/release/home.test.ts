import { mkdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lookAtHome, makeHome } from '../../../src/release/home.js'
import { Layout } from '../../../src/release/layout.js'
import { linkShared } from '../../../src/release/shared-files.js'
import { localPlace } from '../../support/temporary.js'

describe('the home of a project', () => {
  const place = localPlace()

  it('is made once, with a README, and tells what is in it', async () => {
    const layout = new Layout(join(place.directory, 'home'))
    await place.host.runAll([makeHome(layout), makeHome(layout)])
    expect(await readFile(layout.readme, 'utf8')).toContain('dev is a link to the live release')
    expect(await place.host.perform(lookAtHome(layout))).toMatchObject({
      live: undefined,
      leftOver: undefined,
    })
    await symlink('previous/r1', layout.live)
    await symlink('previous/r2', layout.next)
    expect(await place.host.perform(lookAtHome(layout))).toMatchObject({ live: 'r1', leftOver: 'r2' })
  })

  it('is refused where something else than a link is live', async () => {
    const layout = new Layout(join(place.directory, 'other'))
    await mkdir(layout.live, { recursive: true })
    await expect(place.host.perform(lookAtHome(layout))).rejects.toMatchObject({ code: 'RELEASE_UNUSABLE' })
  })

  it('shares a directory, seeded from the first release that has it', async () => {
    const at = (...names: string[]) => join(place.directory, ...names)
    const [shared, path] = [at('shared'), 'django/uploads']
    await mkdir(at('r1', path), { recursive: true })
    await writeFile(at('r1', path, 'seed'), 'seed')
    await mkdir(at('r2', path), { recursive: true })
    await writeFile(at('r2', path, 'other'), 'other')
    await place.host.runAll([linkShared(at('r1'), shared, path), linkShared(at('r2'), shared, path)])
    await writeFile(at('r2', path, 'new'), 'new')
    expect(await readFile(at('r1', path, 'seed'), 'utf8')).toBe('seed')
    expect(await readFile(at('r1', path, 'new'), 'utf8')).toBe('new')
    await expect(readFile(at('r1', path, 'other'))).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await readlink(at('r1', path))).toBe('../../shared/django/uploads')
  })
})

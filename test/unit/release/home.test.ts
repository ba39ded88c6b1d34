import { mkdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lookAtHome, makeHome } from '../../../src/release/home.js'
import { Layout } from '../../../src/release/layout.js'
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
})

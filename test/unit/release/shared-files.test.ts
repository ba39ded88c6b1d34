import { lstat, mkdir, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { linkShared } from '../../../src/release/shared-files.js'
import { localPlace } from '../../support/temporary.js'

describe('a shared path', () => {
  const place = localPlace()
  let count = 0

  /** A home of its own for a test. */
  const home = () => {
    count += 1
    const root = join(place.directory, `home ${count}`)
    const release = (name: string) => join(root, 'releases', name)
    const shared = join(root, 'shared')
    const link = (name: string, path: string) => place.host.runAll([linkShared(release(name), shared, path)])
    const write = async (file: string, content: string) => {
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, content)
    }
    return { release, shared, link, write }
  }

  it('is an empty directory where no release has something there', async () => {
    const { release, shared, link, write } = home()
    await write(join(release('r1'), 'page'), '')
    await link('r1', 'site/uploads')
    expect(await readdir(join(shared, 'site/uploads'))).toEqual([])
    expect(await readlink(join(release('r1'), 'site/uploads'))).toBe('../../../shared/site/uploads')
    expect((await stat(join(release('r1'), 'site/uploads'))).isDirectory()).toBe(true)
  })

  it('is seeded by the first release only', async () => {
    const { release, shared, link, write } = home()
    await write(join(release('r1'), 'data/a'), 'first')
    await link('r1', 'data')
    await write(join(shared, 'data/a'), 'changed by a visitor')
    await write(join(release('r2'), 'data/a'), 'second')
    await link('r2', 'data')
    for (const name of ['r1', 'r2']) {
      expect(await readFile(join(release(name), 'data/a'), 'utf8')).toBe('changed by a visitor')
    }
  })

  it('may be a file', async () => {
    const { release, shared, link, write } = home()
    await write(join(release('r1'), 'counter.txt'), '1')
    await link('r1', 'counter.txt')
    expect((await lstat(join(shared, 'counter.txt'))).isFile()).toBe(true)
    expect(await readFile(join(release('r1'), 'counter.txt'), 'utf8')).toBe('1')
  })

  it('may be linked twice, and stays as it is', async () => {
    const { release, shared, link, write } = home()
    await write(join(release('r1'), 'data/a'), 'x')
    await link('r1', 'data')
    await link('r1', 'data')
    expect(await readdir(join(shared, 'data'))).toEqual(['a'])
    expect(await readlink(join(release('r1'), 'data'))).toBe('../../shared/data')
  })

  it('keeps modes and links of what seeds it', async () => {
    const { release, shared, link, write } = home()
    await write(join(release('r1'), 'data/tool'), '#!/bin/sh')
    await place.host.within(join(release('r1'), 'data')).run`chmod 750 tool && ln -s tool alias`
    await link('r1', 'data')
    expect((await stat(join(shared, 'data/tool'))).mode & 0o777).toBe(0o750)
    expect(await readlink(join(shared, 'data/alias'))).toBe('tool')
  })

  it('is seeded in full although a deployer died while it was', async () => {
    const { release, shared, link, write } = home()
    await write(join(release('r1'), 'data/a'), 'a')
    await write(join(shared, 'data.new/half'), 'half of it')
    await link('r1', 'data')
    expect(await readdir(join(shared, 'data'))).toEqual(['a'])
  })
})

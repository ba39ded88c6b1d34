import { lstat, mkdir, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Layout } from '../../../src/release/layout.js'
import { linkShared, type SharedPath } from '../../../src/release/shared-files.js'
import { localPlace } from '../../support/temporary.js'

describe('a shared path', () => {
  const place = localPlace()
  let count = 0

  /** A home of its own for a test. */
  const home = () => {
    count += 1
    const layout = new Layout(join(place.directory, `home ${count}`))
    const { shared } = layout
    const release = (name: string) => layout.release(name)
    const link = async (name: string, path: string, kind: SharedPath['kind'] = 'directory') => {
      await mkdir(layout.state, { recursive: true })
      await place.host.perform(linkShared(release(name), layout, [{ kind, path }]))
    }
    const live = async (name: string) => {
      await rm(layout.live, { force: true })
      await symlink(`previous/${name}`, layout.live)
    }
    const write = async (file: string, content: string) => {
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, content)
    }
    return { release, shared, link, write, live, layout }
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
    await write(join(release('r2'), 'data/a'), 'first')
    await link('r2', 'data')
    for (const name of ['r1', 'r2']) {
      expect(await readFile(join(release(name), 'data/a'), 'utf8')).toBe('changed by a visitor')
    }
  })

  it('may be a file', async () => {
    const { release, shared, link, write } = home()
    await write(join(release('r1'), 'counter.txt'), '1')
    await link('r1', 'counter.txt', 'file')
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

  it('is moved there from the live release, with what visitors have left, and that release goes on', async () => {
    const { release, shared, link, write, live } = home()
    await write(join(release('r1'), 'site/uploads/photo'), 'of a visitor')
    await live('r1')
    await write(join(release('r2'), 'site/uploads/.gitkeep'), '')
    await link('r2', 'site/uploads')
    for (const name of ['r1', 'r2']) {
      expect(await readFile(join(release(name), 'site/uploads/photo'), 'utf8')).toBe('of a visitor')
      expect(await readlink(join(release(name), 'site/uploads'))).toBe('../../../shared/site/uploads')
    }
    expect(await readdir(join(shared, 'site'))).toEqual(['uploads'])
  })

  it.each([
    ['new in the repository', { 'data/a': 'first', 'data/b': 'new' }, 'data/b'],
    ['changed in the repository', { 'data/a': 'second' }, 'data/a'],
  ])('is refused when it would hide what is %s, before anything is touched', async (_, files, hidden) => {
    const { release, shared, link, write } = home()
    await write(join(release('r1'), 'data/a'), 'first')
    await link('r1', 'data')
    for (const [path, content] of Object.entries(files)) await write(join(release('r2'), path), content)
    const refused = await link('r2', 'data').catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'SHARED_HIDES_FILES' })
    expect(String(refused)).toContain(hidden)
    expect((await lstat(join(release('r2'), 'data'))).isDirectory()).toBe(true)
    expect(await readdir(join(shared, 'data'))).toEqual(['a'])
  })

  it('may have the files of the repository that it has been seeded with, changed by hand since', async () => {
    const { release, shared, link, write } = home()
    await write(join(release('r1'), 'settings.ini'), 'example')
    await link('r1', 'settings.ini', 'file')
    await write(join(shared, 'settings.ini'), 'of this server')
    await write(join(release('r2'), 'settings.ini'), 'example')
    await link('r2', 'settings.ini', 'file')
    expect(await readFile(join(release('r2'), 'settings.ini'), 'utf8')).toBe('of this server')
  })

  it('that is a file has to be somewhere', async () => {
    const { release, link, write } = home()
    await write(join(release('r1'), 'page'), '')
    await expect(link('r1', 'settings.ini', 'file')).rejects.toMatchObject({ code: 'SHARED_FILE_MISSING' })
    expect(await readdir(release('r1'))).toEqual(['page'])
  })
})

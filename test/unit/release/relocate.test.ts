import { lstat, mkdir, readdir, readFile, readlink, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { change } from '../../../src/command/command.js'
import { RELOCATE } from '../../../src/release/relocate.js'
import { localPlace } from '../../support/temporary.js'

/** Reads files until it is told to stop, and says how often it failed, and how often it read. */
const READER = `
import os
names = [name for name in os.listdir('.') if name.startswith('d')]
failed = reads = 0
while not os.path.exists('stop'):
    for name in names:
        reads += 1
        try:
            with open(name + '/file') as file:
                failed += file.read() != name + chr(10)
        except OSError:
            failed += 1
print(failed, reads)
`

describe('a directory in use that is moved', () => {
  const place = localPlace()
  let count = 0

  /** A directory with a file, and the place where it is to be. */
  const used = async () => {
    count += 1
    const root = join(place.directory, `move ${count}`)
    const [from, to] = [join(root, 'a/uploads'), join(root, 'b/c/uploads')]
    await mkdir(from, { recursive: true })
    await mkdir(join(root, 'b/c'), { recursive: true })
    await writeFile(join(from, 'file'), 'content')
    return { root, from, to }
  }

  const relocate = (from: string, to: string, path = '') =>
    place.host.runAll([
      change`PATH=${path}"$PATH"; ${RELOCATE}
      relocate ${from} ${to}`,
    ])

  const isMoved = async (from: string, to: string) => {
    expect((await lstat(to)).isDirectory()).toBe(true)
    expect(await readFile(join(to, 'file'), 'utf8')).toBe('content')
    expect(await readlink(from)).toBe('../b/c/uploads')
    expect(await readFile(join(from, 'file'), 'utf8')).toBe('content')
    expect(await readdir(join(from, '..'))).toEqual(['uploads'])
  }

  it('is found at its old place at any moment', { timeout: 30_000 }, async () => {
    const { root } = await used()
    const names = Array.from({ length: 20 }, (_, index) => `d${index}`)
    for (const name of names) {
      await mkdir(join(root, 'a', name))
      await writeFile(join(root, 'a', name, 'file'), `${name}\n`)
    }
    const reader = place.host.run`cd -- ${root}/a && timeout 60 python3 -c ${READER}`
    for (const name of names) await relocate(join(root, 'a', name), join(root, 'b/c', name))
    await writeFile(join(root, 'a/stop'), '')
    const [failed, reads] = (await reader).stdout.split(' ').map(Number)
    expect(failed).toBe(0)
    expect(reads).toBeGreaterThan(10_000)
    expect((await readdir(join(root, 'b/c'))).sort()).toEqual([...names].sort())
  })

  it('is moved once: a second time nothing happens', async () => {
    const { from, to } = await used()
    await relocate(from, to)
    await relocate(from, to)
    await isMoved(from, to)
  })

  /** Its state after so many of the steps that it takes. */
  const interrupted = async (from: string, to: string, steps: number) => {
    const beside = join(to, '../.uploads.moving')
    const all = [
      () => mkdir(join(beside, '.uploads.moving'), { recursive: true }),
      () => symlink('../../uploads', join(beside, '.uploads.moving/x')),
      () => symlink('.uploads.moving/x', to),
      () => symlink('../b/c/uploads', join(beside, 'x')),
      () => exchange(from, join(beside, 'x')),
      () => exchange(join(beside, 'x'), to),
    ]
    for (const step of all.slice(0, steps)) await step()
  }
  const exchange = async (one: string, other: string) => {
    await rename(one, `${one}.away`)
    await rename(other, one)
    await rename(`${one}.away`, other)
  }

  it.each([1, 2, 3, 4, 5, 6])(
    'is moved all the same when that was interrupted after step %i',
    async steps => {
      const { from, to } = await used()
      await interrupted(from, to, steps)
      expect(await readFile(join(from, 'file'), 'utf8')).toBe('content')
      await relocate(from, to)
      await isMoved(from, to)
    },
  )

  it('is moved where names cannot be exchanged', async () => {
    const { root, from, to } = await used()
    await mkdir(join(root, 'bin'))
    await writeFile(join(root, 'bin/python3'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
    await relocate(from, to, `${join(root, 'bin')}:`)
    await isMoved(from, to)
  })

  it('stays where it is when something else is at the new place', async () => {
    const { from, to } = await used()
    await mkdir(to)
    await expect(relocate(from, to)).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
    expect((await lstat(from)).isDirectory()).toBe(true)
    expect(await readdir(to)).toEqual([])
  })
})

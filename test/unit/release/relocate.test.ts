import { lstat, mkdir, readdir, readFile, readlink, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { change } from '../../../src/command/command.js'
import { RELOCATE } from '../../../src/release/relocate.js'
import { localPlace } from '../../support/temporary.js'

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

  it('is found at its old place at any moment', async () => {
    const { root } = await used()
    const reader = place.host.run`
      cd -- ${root} && failed=0 reads=0
      while [ ! -e stop ]; do
        reads=$((reads + 1)); line=; read -r line <a/uploads/file || [ "$line" = content ] || failed=$((failed + 1))
      done 2>/dev/null
      echo "$failed $reads"`
    for (let turn = 0; turn < 10; turn += 1) {
      await relocate(join(root, 'a/uploads'), join(root, 'b/c/uploads'))
      await isMoved(join(root, 'a/uploads'), join(root, 'b/c/uploads'))
      // and back: the link is exchanged for the directory, which is one system call
      await place.host.run`cd -- ${root} && python3 -c ${`
import ctypes, os
library = ctypes.CDLL(None, use_errno=True)
assert library.renameat2(-100, b'a/uploads', -100, b'b/c/uploads', 2) == 0
os.remove('b/c/uploads')`}`
    }
    await writeFile(join(root, 'stop'), '')
    const [failed, reads] = (await reader).stdout.split(' ').map(Number)
    expect(failed).toBe(0)
    expect(reads).toBeGreaterThan(1000)
  })

  it('is moved once: a second time nothing happens', async () => {
    const { from, to } = await used()
    await relocate(from, to)
    await relocate(from, to)
    await isMoved(from, to)
  })

  it.each<[string, (from: string, to: string) => Promise<void>]>([
    ['its new name stood for it', (from, to) => symlink(`../../a/uploads.moving`, to).then(() => void from)],
    [
      'both links were made',
      async (from, to) => {
        await symlink('../../a/uploads.moving', to)
        await symlink('../b/c/uploads', `${from}.moving`)
      },
    ],
    [
      'its old name had become a link',
      async (from, to) => {
        await symlink('../../a/uploads.moving', to)
        await rename(from, `${from}.moving`)
        await symlink('../b/c/uploads', from)
      },
    ],
    [
      'it was at its new place',
      async (from, to) => {
        await rename(from, to)
        await symlink('../b/c/uploads', from)
        await symlink('../../a/uploads.moving', `${from}.moving`)
      },
    ],
  ])('is moved all the same when that was interrupted after %s', async (_, halfway) => {
    const { from, to } = await used()
    await halfway(from, to)
    await relocate(from, to)
    await isMoved(from, to)
  })

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

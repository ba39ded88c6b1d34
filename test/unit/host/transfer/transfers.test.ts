import { chmod, mkdir, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeTree, manifest, NASTY } from '../../../support/manifest.js'
import { localPlace } from '../../../support/temporary.js'

const WAYS = ['rsync', 'tar'] as const
const DIRECTIONS = ['upload', 'download'] as const
const TABLE = WAYS.flatMap(via => DIRECTIONS.map(direction => [direction, via] as const))

describe('a transfer', () => {
  const place = localPlace()
  let number = 0
  let from = ''
  let to = ''
  const transfer = (
    direction: (typeof DIRECTIONS)[number],
    options: Parameters<typeof place.host.upload>[2],
  ) => place.host[direction](from, to, options)

  beforeEach(async () => {
    number += 1
    from = join(place.directory, `-from *[x]:é ${number}`)
    to = join(place.directory, `-to *?'$HOME:${number}`)
    await mkdir(from)
  })

  afterEach(async () => {
    const left = (await readdir(place.directory, { recursive: true })).filter(name => name.includes('.dye-'))
    expect(left).toEqual([])
  })

  it.each(TABLE)(
    '%s by %s gives the same tree, and finds nothing to do the second time',
    async (direction, via) => {
      await makeTree(from)
      const expected = await manifest(from)
      const first = await transfer(direction, { via })
      expect(await manifest(to)).toEqual(expected)
      const files = NASTY.length + 5
      expect(first).toMatchObject({ via, files, changed: files, skipped: [] })
      const second = await transfer(direction, { via })
      expect(second).toMatchObject({ via, files, changed: 0, bytes: first.bytes })
      expect(await manifest(to)).toEqual(expected)
    },
  )

  it.each(TABLE)(
    '%s by %s brings only what has changed into a tree that is there',
    async (direction, via) => {
      await makeTree(from)
      await transfer(direction, { via })
      await chmod(join(from, 'sealed'), 0o755)
      await writeFile(join(from, 'sealed/file'), 'new')
      await writeFile(join(from, 'sealed/new'), 'new')
      await chmod(join(from, 'sealed'), 0o555)
      await chmod(join(from, 'none'), 0o640)
      await rm(join(from, 'dangling'))
      await symlink('elsewhere', join(from, 'dangling'))
      await mkdir(join(from, 'fresh/dir'), { recursive: true })
      await writeFile(join(from, 'fresh/dir/-x'), 'x')
      await rm(join(from, 'sub/private'))
      await mkdir(join(from, 'sub/private'))
      await utimes(from, 1_500_000_000, 1_500_000_000)
      const { changed } = await transfer(direction, { via })
      expect(await manifest(to)).toEqual(await manifest(from))
      expect(changed).toBe(3)
    },
  )

  it.each(TABLE)(
    '%s by %s removes only when it is told to, and leaves alone what is excluded',
    async (direction, via) => {
      await mkdir(join(from, 'a/var/cache'), { recursive: true })
      await mkdir(join(from, 'var/cache'), { recursive: true })
      for (const file of ['keep', 'x.pyc', 'a/y.pyc', 'a/var/cache/c', 'var/cache/c'])
        await writeFile(join(from, file), '1')
      await mkdir(join(to, 'old/deep'), { recursive: true })
      for (const file of ['gone', 'mine.pyc', 'old/deep/z', 'old/deep/mine.pyc'])
        await writeFile(join(to, file), '2')
      const exclude = ['*.pyc', 'var/cache']
      await transfer(direction, { via, exclude })
      const kept = ['./gone', './mine.pyc', './old/deep/z', './old/deep/mine.pyc']
      const there = async () => Object.keys(await manifest(to)).map(path => `./${path}`)
      expect(await there()).toEqual(expect.arrayContaining([...kept, './keep', './a/var/cache/c']))
      expect(await there()).not.toEqual(expect.arrayContaining(['./x.pyc']))
      await transfer(direction, { via, exclude, delete: true })
      const paths = await there()
      expect(paths.sort()).toEqual(
        [
          'a',
          'a/var',
          'a/var/cache',
          'a/var/cache/c',
          'keep',
          'mine.pyc',
          'old',
          'old/deep',
          'old/deep/mine.pyc',
          'var',
          '.',
        ]
          .map(path => `./${path}`)
          .sort(),
      )
    },
  )

  it.each(TABLE)('%s by %s skips what cannot come, and says so', async (direction, via) => {
    await writeFile(join(from, 'file'), 'x')
    await symlink('/etc/passwd', join(from, 'absolute'))
    await symlink('../outside', join(from, 'out*?[x]'))
    await place.host.run`mkfifo ${join(from, 'pipe')}`
    await mkdir(to)
    await writeFile(join(to, 'absolute'), 'mine')
    const { skipped } = await transfer(direction, { via, delete: true })
    expect(skipped.map(({ path }) => path).sort()).toEqual(['absolute', 'out*?[x]', 'pipe'])
    expect(skipped.every(({ why }) => why.length > 10)).toBe(true)
    expect((await readdir(to)).sort()).toEqual(['absolute', 'file'])
    expect(await readFile(join(to, 'absolute'), 'utf8')).toBe('mine')
  })

  it.each(TABLE)(
    '%s by %s never replaces a directory by a file, unless it may delete',
    async (direction, via) => {
      await writeFile(join(from, 'x'), 'file')
      await mkdir(join(to, 'x/below'), { recursive: true })
      await expect(transfer(direction, { via })).rejects.toMatchObject({ name: 'TransferError' })
      expect(await readdir(join(to, 'x'))).toEqual(['below'])
      await transfer(direction, { via, delete: true })
      expect(await readFile(join(to, 'x'), 'utf8')).toBe('file')
    },
  )

  it.each(DIRECTIONS)('%s of a single file keeps its mode and time, or gives it another', async direction => {
    from = join(from, '-line\nend')
    to = join(to, 'made/-too')
    await writeFile(from, Buffer.alloc(700_000, 'x\0\xff'))
    await chmod(from, 0o750)
    await utimes(from, 1_600_000_000, 1_600_000_000)
    const seen: number[] = []
    const result = await transfer(direction, { onProgress: ({ bytes }) => seen.push(bytes) })
    expect(await manifest(to)).toEqual(await manifest(from))
    expect(result).toMatchObject({ via: 'stream', files: 1, bytes: 700_000, changed: 1 })
    expect(seen.at(-1)).toBe(700_000)
    await writeFile(from, '')
    await transfer(direction, { mode: 0o600 })
    expect(await stat(to)).toMatchObject({ size: 0, mode: 0o100600 })
    await mkdir(`${to}-directory`)
    to = `${to}-directory`
    await expect(transfer(direction, {})).rejects.toMatchObject({ name: 'TransferError' })
  })

  it.each(DIRECTIONS)('%s says when there is nothing to transfer', async direction => {
    from = join(from, 'nothing')
    await expect(transfer(direction, {})).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND', path: from })
  })

  it.each(TABLE)('%s by %s tells its progress', async (direction, via) => {
    await makeTree(from)
    const seen: { files: number; bytes: number; totalFiles: number; totalBytes: number }[] = []
    const { bytes, files } = await transfer(direction, { via, onProgress: each => seen.push(each) })
    expect(seen.at(-1)).toEqual({ files, bytes, totalFiles: files, totalBytes: bytes })
  })

  it.each(['', '/', 'a//b', '[ab]', 'a**', '../x'])('does not take %j for a pattern', async pattern => {
    await expect(transfer('upload', { exclude: [pattern] })).rejects.toMatchObject({ option: 'exclude' })
  })

  it('has no SFTP to this machine', async () => {
    await expect(transfer('upload', { via: 'sftp' })).rejects.toMatchObject({ option: 'via' })
  })
})

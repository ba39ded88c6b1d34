import { mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { Secret } from '../../../../src/command/secret.js'
import { FileError } from '../../../../src/errors/file-error.js'
import { OptionError } from '../../../../src/errors/option-error.js'
import type { Files } from '../../../../src/host/files/files.js'
import { localPlace } from '../../../support/temporary.js'

const HOSTILE = ['-rf', ' a b ', 'line\nend\n', 'ünï😀', `it's "$HOME" \`id\` *`, '--', 'x'.repeat(255)]

describe('the files of a host', () => {
  const place = localPlace()
  let files: Files
  const at = (path: string) => join(place.directory, path)
  const modeOf = async (path: string) => (await stat(at(path))).mode & 0o7777

  beforeAll(() => {
    files = place.host.within(place.directory).files
  })

  it.each(HOSTILE)('have any name: %j', async name => {
    await files.write(name, 'content')
    expect(await readFile(at(name), 'utf8')).toBe('content')
    expect(await files.readText(name)).toBe('content')
    expect(await files.list('.')).toContain(name)
    expect(await files.stat(name)).toMatchObject({ type: 'file', size: 7 })
    await files.link(`-${name}`, name)
    expect(await files.stat(name)).toMatchObject({ type: 'link', target: `-${name}` })
    expect(await files.remove(name)).toBe(true)
    expect(await files.makeDirectory(name)).toBe(true)
    expect(await files.remove(name, { recursive: true })).toBe(true)
    expect(await files.exists(name)).toBe(false)
  })

  it('hold bytes, and more of them than a round trip takes', async () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    await files.write('bytes', all)
    expect((await files.read('bytes')).equals(all)).toBe(true)
    const large = Buffer.alloc(11 * 1024 * 1024, all)
    await writeFile(at('large'), large)
    expect((await files.read('large')).equals(large)).toBe(true)
    await files.write('empty', '')
    expect(await files.readText('empty')).toBe('')
  })

  it('take one round trip for each call', async () => {
    const before = await place.host.roundTrips()
    await files.write('one', '1')
    await files.read('one')
    await files.stat('one')
    await files.link('one', 'other')
    await files.list('.')
    await files.remove('other')
    await files.makeDirectory('d/e/f')
    expect(await place.host.roundTrips()).toBe(before + 7)
  })

  it('keep their mode, unless another is given', async () => {
    await files.write('new', '')
    await files.write('secret', Secret.of('s'))
    await files.write('given', '', { mode: 0o750 })
    expect(await Promise.all(['new', 'secret', 'given'].map(modeOf))).toEqual([0o644, 0o600, 0o750])
    await files.write('given', 'x')
    await files.write('new', Secret.of('s'))
    await files.write('secret', Secret.of('t'), { mode: 0o640 })
    expect(await Promise.all(['new', 'secret', 'given'].map(modeOf))).toEqual([0o640, 0o640, 0o750])
  })

  it('can be given an owner and a group', async () => {
    const { username: owner } = userInfo()
    const { stdout: group } = await place.host.ask`id -gn`
    await files.write('owned', 'x', { owner, group })
    await files.makeDirectory('owned-directory', { owner, group, mode: 0o711 })
    expect(await files.stat('owned')).toMatchObject({ owner, group })
    expect(await files.stat('owned-directory')).toMatchObject({ type: 'directory', mode: 0o711, owner })
    const failed = await files.write('owned', 'y', { owner: 'nobody-of-that-name' }).catch(error => error)
    expect(failed).toBeInstanceOf(FileError)
    expect(await files.readText('owned')).toBe('x')
  })

  it('are replaced as a whole: a link is not followed, and nothing is left beside', async () => {
    await mkdir(at('whole'))
    await writeFile(at('whole/target'), 'target')
    await symlink('target', at('whole/link'))
    await files.write('whole/link', 'own')
    expect(await readFile(at('whole/target'), 'utf8')).toBe('target')
    const failed = await files.write('whole', 'x').catch(error => error)
    expect(failed).toMatchObject({ code: 'FILE_FAILED', path: 'whole' })
    expect(failed.message).toContain('it is a directory')
    expect(await readdir(at('whole'))).toEqual(['link', 'target'])
    expect((await readdir(place.directory)).filter(name => name.startsWith('.dye'))).toEqual([])
  })

  it('leave nothing beside when they cannot be written', async () => {
    await mkdir(at('full'))
    const limited = files.write('full/file', 'x'.repeat(100_000), { owner: 'nobody-of-that-name' })
    await expect(limited).rejects.toThrow(FileError)
    expect(await readdir(at('full'))).toEqual([])
  })

  it('are told from what is not there', async () => {
    expect(await files.stat('nothing')).toBeUndefined()
    expect(await files.stat('bytes/below')).toBeUndefined()
    expect(await files.exists('nothing')).toBe(false)
    await symlink('nowhere', at('dangling'))
    expect(await files.exists('dangling')).toBe(true)
    expect(await files.remove('nothing')).toBe(false)
    const failed = await files.read('nothing').catch(error => error)
    expect(failed).toBeInstanceOf(FileError)
    expect(failed).toMatchObject({ code: 'FILE_NOT_FOUND', path: 'nothing', host: place.host.name })
    expect(failed.message).toMatch(/^Could not read nothing on local .*: there is no such file\./)
    expect(failed.message).toContain('What to do:')
  })

  it('have links that change in one instant, and never inside a directory', async () => {
    await files.link('a', 'current')
    await files.link('b', 'current')
    expect(await readlink(at('current'))).toBe('b')
    await mkdir(at('real'))
    await expect(files.link('a', 'real')).rejects.toThrow(FileError)
    expect(await readdir(at('real'))).toEqual([])
    await files.link('real', 'to-real')
    await files.link('elsewhere', 'to-real')
    expect(await readdir(at('real'))).toEqual([])
  })

  it('are removed with care', async () => {
    for (const path of ['', '/', '//', '.', './', '..', '/..', '../..', 'a/..', '/tmp/../']) {
      await expect(files.remove(path, { recursive: true })).rejects.toThrow(OptionError)
    }
    await mkdir(at('kept/below'), { recursive: true })
    await expect(files.remove('kept')).rejects.toThrow(FileError)
    await symlink('kept', at('to-kept'))
    expect(await files.remove('to-kept/', { recursive: true })).toBe(true)
    expect(await readdir(at('kept'))).toEqual(['below'])
  })

  it('have directories that are gone afterwards, also after a failure', async () => {
    let path = ''
    {
      await using temporary = await files.temporaryDirectory()
      path = temporary.path
      expect(await files.stat(path)).toMatchObject({ type: 'directory', mode: 0o700 })
      await files.write(join(path, 'file'), 'x')
    }
    expect(await files.exists(path)).toBe(false)
    const failing = files.withTemporaryDirectory(async inner => {
      path = inner
      throw new Error('as it happens')
    })
    await expect(failing).rejects.toThrow('as it happens')
    expect(path).not.toBe('')
    expect(await files.exists(path)).toBe(false)
  })

  it('do not show a secret', async () => {
    const failed = await files.write('no/such/directory', Secret.of('hunter2')).catch(error => error)
    expect(failed).toMatchObject({ code: 'FILE_NOT_FOUND' })
    expect(JSON.stringify(failed) + failed.stack).not.toMatch(/hunter2|aHVudGVyMg/)
  })

  it('obey a signal and a time limit', async () => {
    await expect(files.read('bytes', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'CANCELLED',
    })
    await place.host.run`mkfifo ${at('fifo')}`
    await expect(files.read('fifo', { timeout: 100 })).rejects.toMatchObject({ code: 'TIMED_OUT' })
  })
})

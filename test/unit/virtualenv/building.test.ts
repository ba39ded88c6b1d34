import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { Secret } from '../../../src/command/secret.js'
import { Virtualenv } from '../../../src/virtualenv/virtualenv.js'
import { needsProgram, needsPython } from '../../support/needs.js'
import { startPackageServer } from '../../support/package-server.js'
import { makeWheel } from '../../support/project-repository.js'
import { localPlace } from '../../support/temporary.js'

vi.setConfig({ testTimeout: 120_000 })

const VERSION = 'import greeting; print(greeting.VERSION)'

function builds(installer: 'pip' | 'uv'): void {
  const place = localPlace()
  let number = 0
  let directory = ''
  let wheels = ''
  const there = () => place.host.within(directory)
  const described = Virtualenv.at('.ve').installer(installer).offline()
  const virtualenv = () => described.wheels(wheels).requirements('requirements.txt')
  const write = (file: string, text: string) => writeFile(join(directory, file), text)
  const greeting = async () => (await there().ask`.ve/bin/python -c ${VERSION}`).stdout
  const distributions = async () =>
    (await there().ask`.ve/bin/python -m pip list --format freeze --disable-pip-version-check`).lines

  beforeAll(async () => {
    wheels = join(place.directory, 'wheels')
    await mkdir(wheels)
    for (const version of ['1.0', '2.0']) await makeWheel(wheels, version)
  })

  beforeEach(async () => {
    directory = join(place.directory, String(++number))
    await mkdir(directory)
    await write('requirements.txt', 'greeting==1.0\n')
  })

  it('at its place it is a directory, whole or not there at all', async () => {
    const inPlace = virtualenv().inPlace()
    expect(await inPlace.ensure(there())).toMatchObject({ changed: true })
    expect((await lstat(join(directory, '.ve'))).isDirectory()).toBe(true)
    expect(await inPlace.ensure(there())).toMatchObject({ changed: false })
    const { stdout } = await there().ask`.ve/bin/pip --version; head -n 1 .ve/bin/pip`
    expect(stdout).toContain(join(directory, '.ve/lib'))
    expect(stdout).not.toContain('.ve.new')

    await write('requirements.txt', 'greeting==3.0\n')
    await expect(inPlace.ensure(there())).rejects.toMatchObject({ requirement: 'greeting==3.0' })
    expect(await greeting()).toBe('1.0')
    await write('requirements.txt', 'greeting==2.0\n')
    expect(await inPlace.ensure(there())).toMatchObject({ changed: true })
    expect(await greeting()).toBe('2.0')
    expect((await readdir(directory)).sort()).toEqual(['.ve', 'requirements.txt'])
  })

  it('at its place it comes back when the exchange was cut off', async () => {
    const inPlace = virtualenv().inPlace()
    await inPlace.ensure(there())
    await rename(join(directory, '.ve'), join(directory, '.ve.old'))
    expect(await inPlace.ensure(there())).toMatchObject({ changed: false })
    expect(await greeting()).toBe('1.0')
  })

  it('is built anew when its interpreter is gone', async () => {
    await virtualenv().ensure(there())
    await rm(join(directory, '.ve/bin/python'))
    expect(await virtualenv().ensure(there())).toMatchObject({ changed: true })
    expect(await greeting()).toBe('1.0')
  })

  it('is built anew when asked to, beside the one that is in use', async () => {
    const first = await virtualenv().ensure(there())
    const second = await virtualenv().ensure(there(), { force: true })
    expect(second).toMatchObject({
      changed: true,
      key: `${first.key}-2`,
      reason: expect.stringContaining('anew'),
    })
    expect(await virtualenv().ensure(there())).toMatchObject({ changed: false, key: second.key })
    const third = await virtualenv().ensure(there(), { fullRebuild: true })
    expect(third.key).toBe(`${first.key}-3`)
    expect((await readdir(join(directory, '.virtualenvs'))).sort()).toEqual([
      first.key,
      second.key,
      third.key,
    ])
  })

  it('is built once when two want it at once', async () => {
    const both = await Promise.all([virtualenv().ensure(there()), virtualenv().ensure(there())])
    expect(both.map(({ changed }) => changed).sort()).toEqual([false, true])
    expect(both[0]?.key).toBe(both[1]?.key)
  })

  it('has what a pyproject.toml requires, with extras and groups', async () => {
    await write(
      'pyproject.toml',
      `[project]\nname = "site"\nversion = "1"\ndependencies = ["greeting<2"]\n
[project.optional-dependencies]\nnew = ["greeting>=0.5"]\n
[dependency-groups]\nbase = ["greeting!=3"]\ntest = [{include-group = "base"}]\n`,
    )
    const empty = described.wheels(wheels)
    await empty.pyproject('pyproject.toml', { extras: ['new'], groups: ['test'] }).ensure(there())
    expect(await greeting()).toBe('1.0')
    expect((await readFile(join(directory, '.ve/requirements.txt'), 'utf8')).trim().split('\n')).toEqual([
      'greeting<2',
      'greeting>=0.5',
      'greeting!=3',
    ])
    await expect(empty.pyproject('pyproject.toml', { groups: ['tests'] }).ensure(there())).rejects.toThrow(
      'there is no dependency group "tests"; there is: base, test',
    )
    await write('pyproject.toml', '[project]\nname = "site"\nversion = "1"\ndynamic = ["dependencies"]\n')
    await expect(empty.pyproject().ensure(there())).rejects.toThrow('its dependencies are dynamic')
  })

  it('takes what has the right hash only', async () => {
    const wheel = await readFile(join(wheels, 'greeting-1.0-py3-none-any.whl'))
    const hash = createHash('sha256').update(wheel).digest('hex')
    await write('requirements.txt', `greeting==1.0 --hash=sha256:${hash}\n`)
    await virtualenv().requireHashes().ensure(there())
    expect(await greeting()).toBe('1.0')
    await write('requirements.txt', `greeting==1.0 --hash=sha256:${'0'.repeat(64)}\n`)
    await expect(virtualenv().requireHashes().ensure(there())).rejects.toMatchObject({
      code: 'PACKAGE_HASH_MISMATCH',
      requirement: 'greeting==1.0',
    })
    await write('requirements.txt', 'greeting==1.0\n')
    await expect(virtualenv().requireHashes().ensure(there())).rejects.toMatchObject({
      code: 'PACKAGE_HASH_MISMATCH',
      requirement: expect.stringContaining('greeting'),
    })
    expect(await greeting()).toBe('1.0')
  })

  it('comes from an index with a password, which nobody sees', async () => {
    await using server = await startPackageServer(wheels, 'ann:s3cret/pass word')
    const online = Virtualenv.at('.ve').installer(installer).requirements('requirements.txt')
    const password = Secret.of('s3cret/pass word')
    const seen: string[] = []
    const looking = setInterval(async () => {
      seen.push((await execa('ps', ['-eo', 'args'])).stdout)
    }, 20)
    await online.index(server.url, { username: 'ann', password }).ensure(there())
    clearInterval(looking)
    expect(await greeting()).toBe('1.0')
    expect(server.served).toContain('/files/greeting-1.0-py3-none-any.whl')
    expect(seen.join('\n')).toContain(join(directory, '.ve'.slice(0, 1)))
    expect(seen.join('\n')).not.toMatch(/s3cret/)
    const { exitCode } = await execa('grep', ['-rqE', 's3cret', directory], { reject: false })
    expect(exitCode).toBe(1)

    await write('requirements.txt', 'greeting==2.0\n')
    const wrong = online.index(server.url, { username: 'ann', password: Secret.of('not-the-one') })
    const error = await wrong.ensure(there()).catch((reason: unknown) => reason)
    // pip 23 does not tell an index that lets nobody in from one that has no such package
    const code = installer === 'uv' ? 'PACKAGE_INDEX_DENIED' : /PACKAGE_(INDEX_DENIED|NOT_FOUND)/
    expect(error).toMatchObject({
      code: expect.stringMatching(code),
      requirement: expect.stringContaining('greeting'),
      remedy: expect.stringContaining('password'),
    })
    expect(String(error)).not.toContain('not-the-one')
  })

  it('cannot be built when no index is reached', async () => {
    const online = Virtualenv.at('.ve').installer(installer).requirements('requirements.txt')
    const env = { PIP_RETRIES: '1', UV_HTTP_RETRIES: '0', PIP_FIND_LINKS: '' }
    const failing = online.index('http://127.0.0.1:9/simple/').ensure(there().withEnv(env))
    await expect(failing).rejects.toMatchObject({
      code: 'PACKAGE_INDEX_UNREACHABLE',
      requirement: expect.stringContaining('greeting'),
    })
    expect(existsSync(join(directory, '.ve'))).toBe(false)
  })

  it('has the same packages whatever installs them', async () => {
    await virtualenv().ensure(there())
    const expected = await distributions()
    await rm(join(directory, '.ve'))
    await virtualenv().installer('pip').ensure(there())
    expect(await distributions()).toEqual(expected)
    expect(expected.some(line => line.startsWith('greeting==1.0'))).toBe(true)
    expect(expected.some(line => line.startsWith('pip=='))).toBe(true)
  })
}

needsPython('a virtualenv by pip', () => builds('pip'))
needsProgram('uv', 'a virtualenv by uv', () => {
  builds('uv')

  const place = localPlace()

  it('takes bytecode from the one before, for files that are the same', async () => {
    const { directory, host } = place
    const here = host.within(directory)
    const wheels = join(directory, 'wheels')
    await mkdir(wheels)
    for (const version of ['1.0', '2.0']) await makeWheel(wheels, version)
    const described = Virtualenv.at('.ve').installer('uv').cache(join(directory, 'cache')).offline()
    const virtualenv = described.wheels(wheels).requirements('requirements.txt')
    const count = async (...tests: readonly string[]) =>
      (await here.ask`find "$(readlink .ve)/lib" ${tests} -printf '%P\n'`).lines.length
    const compiled = ['-name', '*.pyc']
    const ensure = async (version: string) => {
      await writeFile(join(directory, 'requirements.txt'), `greeting==${version}\n`)
      await virtualenv.ensure(here)
      return (await here.ask`.ve/bin/python -B -c ${VERSION}`).stdout
    }
    expect(await ensure('1.0')).toBe('1.0')
    const all = await count(...compiled)
    expect(all).toBeGreaterThan(100)
    expect(await count(...compiled, '-links', '+1')).toBe(0)
    await here.run`sed -i 's/^/x/' ${(await here.ask`find "$(readlink .ve)/lib" -name 'build_env*.pyc'`).lines[0] ?? ''}`
    expect(await ensure('2.0')).toBe('2.0')
    expect(await count(...compiled)).toBe(all)
    const linked = await count(...compiled, '-links', '+1')
    expect(linked).toBeGreaterThan(100)
    expect(linked).toBe(all - 2) // but for greeting, and for what is none any more
    expect((await here.ask`find "$(readlink .ve)/lib" -name 'greeting*.pyc' -links 1`).lines).toHaveLength(1)
    expect(await count('-name', 'stale')).toBe(0)
  })
})

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

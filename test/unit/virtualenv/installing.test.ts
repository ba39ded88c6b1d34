import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, it, vi } from 'vitest'
import { Secret } from '../../../src/command/secret.js'
import { Virtualenv } from '../../../src/virtualenv/virtualenv.js'
import { needsProgram, needsPython } from '../../support/needs.js'
import { startPackageServer } from '../../support/package-server.js'
import { Site } from './site.js'

vi.setConfig({ testTimeout: 120_000 })

function installs(installer: 'pip' | 'uv'): void {
  const site = new Site(installer)
  const distributions = async () =>
    (await site.host.ask`.ve/bin/python -m pip list --format freeze --disable-pip-version-check`).lines

  it('has what a pyproject.toml requires, with extras and groups', async () => {
    await site.write(
      'pyproject.toml',
      `[project]\nname = "site"\nversion = "1"\ndependencies = ["greeting<2"]\n
[project.optional-dependencies]\nnew = ["greeting>=0.5"]\n
[dependency-groups]\nbase = ["greeting!=3"]\ntest = [{include-group = "base"}]\n`,
    )
    const empty = site.described.wheels(site.wheels)
    await empty.pyproject('pyproject.toml', { extras: ['new'], groups: ['test'] }).ensure(site.host)
    expect(await site.greeting()).toBe('1.0')
    expect((await readFile(join(site.directory, '.ve/requirements.txt'), 'utf8')).trim().split('\n')).toEqual(
      ['greeting<2', 'greeting>=0.5', 'greeting!=3'],
    )
    await expect(empty.pyproject('pyproject.toml', { groups: ['tests'] }).ensure(site.host)).rejects.toThrow(
      'there is no dependency group "tests"; there is: base, test',
    )
    await site.write(
      'pyproject.toml',
      '[project]\nname = "site"\nversion = "1"\ndynamic = ["dependencies"]\n',
    )
    await expect(empty.pyproject().ensure(site.host)).rejects.toThrow('its dependencies are dynamic')
  })

  it('takes what has the right hash only', async () => {
    const wheel = await readFile(join(site.wheels, 'greeting-1.0-py3-none-any.whl'))
    const hash = createHash('sha256').update(wheel).digest('hex')
    await site.write('requirements.txt', `greeting==1.0 --hash=sha256:${hash}\n`)
    await site.virtualenv.requireHashes().ensure(site.host)
    expect(await site.greeting()).toBe('1.0')
    await site.write('requirements.txt', `greeting==1.0 --hash=sha256:${'0'.repeat(64)}\n`)
    await expect(site.virtualenv.requireHashes().ensure(site.host)).rejects.toMatchObject({
      code: 'PACKAGE_HASH_MISMATCH',
      requirement: 'greeting==1.0',
    })
    await site.write('requirements.txt', 'greeting==1.0\n')
    await expect(site.virtualenv.requireHashes().ensure(site.host)).rejects.toMatchObject({
      code: 'PACKAGE_HASH_MISMATCH',
      requirement: expect.stringContaining('greeting'),
    })
    expect(await site.greeting()).toBe('1.0')
  })

  it('comes from an index with a password, which nobody sees', async () => {
    await using server = await startPackageServer(site.wheels, 'ann:s3cret/pass word')
    const online = Virtualenv.at('.ve').installer(installer).requirements('requirements.txt')
    const password = Secret.of('s3cret/pass word')
    const seen: string[] = []
    const looking = setInterval(async () => {
      seen.push((await execa('ps', ['-eo', 'args'])).stdout)
    }, 20)
    await online.index(server.url, { username: 'ann', password }).ensure(site.host)
    clearInterval(looking)
    expect(await site.greeting()).toBe('1.0')
    expect(server.served).toContain('/files/greeting-1.0-py3-none-any.whl')
    expect(seen.join('\n')).toContain(join(site.directory, '.ve'.slice(0, 1)))
    expect(seen.join('\n')).not.toMatch(/s3cret/)
    const { exitCode } = await execa('grep', ['-rqE', 's3cret', site.directory], { reject: false })
    expect(exitCode).toBe(1)

    await site.write('requirements.txt', 'greeting==2.0\n')
    const wrong = online.index(server.url, { username: 'ann', password: Secret.of('not-the-one') })
    const error = await wrong.ensure(site.host).catch((reason: unknown) => reason)
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
    const failing = online.index('http://127.0.0.1:9/simple/').ensure(site.host.withEnv(env))
    await expect(failing).rejects.toMatchObject({
      code: 'PACKAGE_INDEX_UNREACHABLE',
      requirement: expect.stringContaining('greeting'),
    })
    expect(existsSync(join(site.directory, '.ve'))).toBe(false)
  })

  it('has the same packages whatever installs them', async () => {
    await site.virtualenv.ensure(site.host)
    const expected = await distributions()
    await rm(join(site.directory, '.ve'))
    await site.virtualenv.installer('pip').ensure(site.host)
    expect(await distributions()).toEqual(expected)
    expect(expected.some(line => line.startsWith('greeting==1.0'))).toBe(true)
    expect(expected.some(line => line.startsWith('pip=='))).toBe(true)
  })
}

needsPython('what pip installs', () => installs('pip'))
needsProgram('uv', 'what uv installs', () => installs('uv'))

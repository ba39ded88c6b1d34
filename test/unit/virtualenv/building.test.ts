import { lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { Virtualenv } from '../../../src/virtualenv/virtualenv.js'
import { needsProgram, needsPython } from '../../support/needs.js'
import { makeWheel } from '../../support/project-repository.js'
import { localPlace } from '../../support/temporary.js'
import { Site } from './site.js'

vi.setConfig({ testTimeout: 120_000 })

const VERSION = 'import greeting; print(greeting.VERSION)'

function builds(installer: 'pip' | 'uv'): Site {
  const site = new Site(installer)

  it('at its place it is a directory, whole or not there at all', async () => {
    const inPlace = site.virtualenv.inPlace()
    expect(await inPlace.ensure(site.host)).toMatchObject({ changed: true })
    expect((await lstat(join(site.directory, '.ve'))).isDirectory()).toBe(true)
    expect(await inPlace.ensure(site.host)).toMatchObject({ changed: false })
    const { stdout } = await site.host.ask`.ve/bin/pip --version; head -n 1 .ve/bin/pip`
    expect(stdout).toContain(join(site.directory, '.ve/lib'))
    expect(stdout).not.toContain('.ve.new')

    await site.write('requirements.txt', 'greeting==3.0\n')
    await expect(inPlace.ensure(site.host)).rejects.toMatchObject({ requirement: 'greeting==3.0' })
    expect(await site.greeting()).toBe('1.0')
    await site.write('requirements.txt', 'greeting==2.0\n')
    expect(await inPlace.ensure(site.host)).toMatchObject({ changed: true })
    expect(await site.greeting()).toBe('2.0')
    expect((await readdir(site.directory)).sort()).toEqual(['.ve', 'requirements.txt'])

    // as if the exchange had been cut off
    await rename(join(site.directory, '.ve'), join(site.directory, '.ve.old'))
    expect(await inPlace.ensure(site.host)).toMatchObject({ changed: false })
    expect(await site.greeting()).toBe('2.0')
  })

  it('is built anew when its interpreter is gone', async () => {
    await site.virtualenv.ensure(site.host)
    await rm(join(site.directory, '.ve/bin/python'))
    expect(await site.virtualenv.ensure(site.host)).toMatchObject({ changed: true })
    expect(await site.greeting()).toBe('1.0')
  })

  it('is built anew when asked to, beside the one that is in use', async () => {
    const first = await site.virtualenv.ensure(site.host)
    const second = await site.virtualenv.ensure(site.host, { force: true })
    expect(second).toMatchObject({
      changed: true,
      key: `${first.key}-2`,
      reason: expect.stringContaining('anew'),
    })
    expect(await site.virtualenv.ensure(site.host)).toMatchObject({ changed: false, key: second.key })
    const third = await site.virtualenv.ensure(site.host, { fullRebuild: true })
    expect(third.key).toBe(`${first.key}-3`)
    expect((await readdir(join(site.directory, '.virtualenvs'))).sort()).toEqual([
      first.key,
      second.key,
      third.key,
    ])
  })

  it('is built once when two want it at once', async () => {
    const both = await Promise.all([site.virtualenv.ensure(site.host), site.virtualenv.ensure(site.host)])
    expect(both.map(({ changed }) => changed).sort()).toEqual([false, true])
    expect(both[0]?.key).toBe(both[1]?.key)
  })

  return site
}

needsPython('a virtualenv by pip', () => {
  const site = builds('pip')
  const files = async (environment: string) =>
    (
      await site.host
        .ask`find ${environment}/ ! -name '*.pyc' ! -name __pycache__ ! -name INSTALLER ! -name REQUESTED -printf '%P\n'`
    ).lines.toSorted()

  it('has what `venv` would put there, at a path with a space, too', async () => {
    const named = Virtualenv.at("it's a place/.ve").installer('pip').interpreter('/usr/bin/python3').inPlace()
    await named.ensure(site.host)
    await site.host.run`/usr/bin/python3 -m venv plain`
    expect(await files("it's a place/.ve")).toEqual([...(await files('plain')), '.ready'].sort())
    const { stdout } = await site.host
      .run`cd "it's a place" && .ve/bin/pip --version && .ve/bin/pip3 check && .ve/bin/pip uninstall --yes pip && ls .ve/bin`
    expect(stdout).toContain(join(site.directory, "it's a place/.ve/lib"))
    expect(stdout).toContain('No broken requirements found')
    expect(stdout).not.toMatch(/^pip3/m)
  })

  it('is left to `venv` where its parts are not to be had', async () => {
    await site.write(
      'python3',
      '#!/bin/sh\ncase $2 in *zipfile*) exit 1;; esac\nexec /usr/bin/python3 "$@"\n',
    )
    await site.host.run`chmod +x python3`
    await site.described.interpreter(join(site.directory, 'python3')).inPlace().ensure(site.host)
    expect((await readFile(join(site.directory, '.ve/bin/pip'), 'utf8')).split('\n', 1)).toEqual([
      `#!${join(site.directory, '.ve/bin/python3')}`,
    ])
  })
})

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

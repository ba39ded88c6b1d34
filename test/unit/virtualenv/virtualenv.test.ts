import { existsSync } from 'node:fs'
import { mkdir, readlink, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { OptionError } from '../../../src/errors/option-error.js'
import { Virtualenv } from '../../../src/virtualenv/virtualenv.js'
import { needsPython } from '../../support/needs.js'
import { makeWheel } from '../../support/project-repository.js'
import { localPlace } from '../../support/temporary.js'

vi.setConfig({ testTimeout: 60_000 })

needsPython('a virtualenv', () => {
  const place = localPlace()
  const virtualenv = Virtualenv.at('.ve').requirements('requirements.txt')
  const there = () => place.host.within(place.directory)
  const greeting = async () =>
    (await there().ask`.ve/bin/python -c ${'import greeting; print(greeting.VERSION)'}`).stdout

  beforeAll(async () => {
    const wheels = join(place.directory, 'wheels')
    await mkdir(wheels)
    await makeWheel(wheels, '1.0')
    await makeWheel(wheels, '2.0')
    await writeFile(join(place.directory, 'requirements.txt'), '-r more.txt\n')
    await writeFile(join(place.directory, 'more.txt'), '--no-index\n--find-links wheels\ngreeting==1.0\n')
  })

  it('is built once, and left alone as long as nothing has changed', async () => {
    expect(await virtualenv.ensure(there())).toMatchObject({ changed: true })
    expect(await greeting()).toBe('1.0')
    const { stdout } = await there().ask`.ve/bin/python -c ${'import pip; print(pip.__path__[0])'}`
    await rename(stdout, `${stdout}.gone`) // now pip cannot run
    expect(await virtualenv.ensure(there())).toMatchObject({ changed: false })
    await rename(`${stdout}.gone`, stdout)
  })

  it('is another one when an included file has changed; the old one is as it was', async () => {
    const before = await readlink(join(place.directory, '.ve'))
    await writeFile(join(place.directory, 'more.txt'), '--no-index\n--find-links wheels\ngreeting==2.0\n')
    expect(await virtualenv.ensure(there())).toMatchObject({ changed: true })
    expect(await greeting()).toBe('2.0')
    expect(await readlink(join(place.directory, '.ve'))).not.toBe(before)
    const old = await place.host.ask`${before}/bin/python -c ${'import greeting; print(greeting.VERSION)'}`
    expect(old.stdout).toBe('1.0')
  })

  it('stays as it is when a build fails, and the error names the requirement', async () => {
    const before = await readlink(join(place.directory, '.ve'))
    await writeFile(join(place.directory, 'broken.txt'), '--no-index\nno-such-package-at-all\n')
    const failing = virtualenv.requirements('broken.txt').ensure(there())
    await expect(failing).rejects.toThrow('no-such-package-at-all')
    expect(await readlink(join(place.directory, '.ve'))).toBe(before)
    const { lines } = await there()
      .ask`for each in .virtualenvs/*; do [ -e $each/.ready ] || echo $each; done`
    expect(lines.length).toBe(1)
    expect(existsSync(join(place.directory, lines[0] ?? '', '.ready'))).toBe(false)
  })

  it('says which interpreters it found when none is good enough', async () => {
    const failing = virtualenv.python('>=3.99').ensure(there())
    await expect(failing).rejects.toMatchObject({ code: 'MISSING_REQUIREMENT' })
    await expect(failing).rejects.toThrow(/python3 is Python 3\.\d+/)
  })
})

describe('a virtualenv description', () => {
  it.each(['3.9', '>=2.7', '~=3.9', '>=3.9,<4'])('refuses the version %j', constraint => {
    expect(() => Virtualenv.at('.ve').python(constraint)).toThrow(OptionError)
  })
})

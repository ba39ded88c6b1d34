import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { Django } from '../../../src/application/django.js'
import { checkoutPlace, releasePlace } from '../../../src/application/place.js'
import { Layout } from '../../../src/release/layout.js'
import { localPlace } from '../../support/temporary.js'

describe('an environment file', () => {
  const place = localPlace()
  const django = Django.at('site').environmentFile()
  const at = (...names: readonly string[]) => join(place.directory, ...names)
  const release = (name = '') => at('home/previous/1/site', name)
  const privateFile = () => at('home/shared/site/.env.private')

  beforeEach(async () => {
    await rm(at('home'), { recursive: true, force: true })
    await rm(at('checkout'), { recursive: true, force: true })
    await mkdir(release(), { recursive: true })
    await mkdir(at('checkout/site'), { recursive: true })
  })

  const link = (environment = 'production', application = django) =>
    place.host.perform(
      application.linkSettings(
        releasePlace(new Layout(at('home')), at('home/previous/1'), environment, undefined),
      ),
    )
  const linkHere = () =>
    place.host.perform(django.linkSettings(checkoutPlace(at('checkout'), 'dev', undefined)))
  const environments = async (directory: string) => {
    const [said] = await place.host.runAll([django.settings.environments(directory)])
    return said?.lines
  }

  it("has the environment's variables, and those that are private to the machine", async () => {
    await writeFile(release('.env.production'), 'DEBUG=false')
    await writeFile(release('.env.staging'), 'DEBUG=true\n')
    expect(await link()).toEqual({ changed: true, reason: 'private settings were generated' })
    const text = await readFile(release('.env'), 'utf8')
    expect(text).toMatch(/\nDEBUG=false\nSECRET_KEY=[A-Za-z0-9]{50}\nDB_PASSWORD=[A-Za-z0-9]{32}\n$/)
    for (const file of [release('.env'), privateFile()]) expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await link()).toEqual({ changed: false, reason: 'private settings were kept' })
    expect(await readFile(release('.env'), 'utf8')).toBe(text)
  })

  it('takes in what people have added to the private part', async () => {
    await link()
    await writeFile(privateFile(), `${await readFile(privateFile(), 'utf8')}MAIL_KEY=abc\n`)
    expect(await link()).toMatchObject({ changed: true })
    expect(await readFile(release('.env'), 'utf8')).toContain('\nMAIL_KEY=abc\n')
  })

  it('may be elsewhere, with other names', async () => {
    const names = { secretKey: 'DJANGO_SECRET_KEY', databasePassword: 'PGPASSWORD' }
    const application = Django.at('site').environmentFile('conf.env', names)
    await link('production', application)
    const text = await readFile(at('home/previous/1/conf.env'), 'utf8')
    expect(text).toMatch(/\nDJANGO_SECRET_KEY=\w{50}\nPGPASSWORD=\w{32}\n$/)
    expect(application.ownPaths).toEqual(['conf.env'])
    expect(() => Django.at('.').environmentFile('.env', { secretKey: 'A B' })).toThrow(
      '"A B" is not the name',
    )
  })

  it('is refused for an environment that has none while others have', async () => {
    await writeFile(release('.env.example'), 'DEBUG=')
    await writeFile(release('.env.staging'), 'DEBUG=true\n')
    await expect(link()).rejects.toThrow('the repository has no site/.env.production')
    await expect(stat(privateFile())).rejects.toThrow('ENOENT')
  })

  it('never takes the place of one that the repository has', async () => {
    await writeFile(release('.env'), 'DEBUG=1\n')
    await expect(link()).rejects.toThrow('rename it to site/.env.production')
    expect(await readFile(release('.env'), 'utf8')).toBe('DEBUG=1\n')
  })

  it('is kept as it is in a checkout where somebody wrote one', async () => {
    await writeFile(at('checkout/site/.env'), 'DEBUG=1\n')
    expect(await linkHere()).toEqual({ changed: false, reason: 'site/.env is kept as it is' })
    expect(await readFile(at('checkout/site/.env'), 'utf8')).toBe('DEBUG=1\n')
    await expect(stat(at('checkout/site/.env.private'))).rejects.toThrow('ENOENT')
  })

  it('tells a checkout which environment is in force, and which there are', async () => {
    for (const name of ['dev', 'ci', 'example']) await writeFile(at(`checkout/site/.env.${name}`), 'A=1\n')
    expect(await environments(at('checkout'))).toEqual(['', 'ci', 'dev'])
    await linkHere()
    expect(await environments(at('checkout'))).toEqual(['dev', 'ci', 'dev'])
    await place.host.runAll([django.settings.forget(at('checkout'))])
    expect(await environments(at('checkout'))).toEqual(['', 'ci', 'dev'])
    await expect(stat(at('checkout/site/.env.private'))).rejects.toThrow('ENOENT')
  })
})

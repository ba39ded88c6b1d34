import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { deploy } from '../../../src/deploy/deploy.js'
import { git } from '../../../src/source/git.js'
import { FakeHost, FakeRepository } from '../../../src/testing.js'
import { localPlace } from '../../support/temporary.js'

const URL = 'git@git.example.org:site.git'

const place = localPlace()

afterEach(() => {
  vi.unstubAllEnvs()
})

it('a repository is made of a directory of this machine, without what is ignored', async () => {
  const directory = join(place.directory, 'site')
  for (const path of ['node_modules/x', 'app', '.git'])
    await mkdir(join(directory, path), { recursive: true })
  await writeFile(join(directory, '.gitignore'), 'node_modules/\n/app/made\n')
  await writeFile(join(directory, 'app/made'), 'ignored')
  await writeFile(join(directory, 'app/page.html'), 'grüß dich\n')
  await writeFile(join(directory, 'app/bytes'), Buffer.from([0, 255, 128, 10]))
  await writeFile(join(directory, 'run'), '#!/bin/sh\n')
  await symlink('page.html', join(directory, 'app/copy.html'))
  const temporary = join(place.directory, 'temporary')
  await mkdir(temporary)
  vi.stubEnv('TMPDIR', temporary)

  const repository = await FakeRepository.fromDirectory(directory, 'v1')
  const host = FakeHost.server({ repositories: { [URL]: repository } })
  const options = { project: 'site', environment: 'production', source: git(URL).tag('v1') }
  const { outcome, revision } = await deploy({ ...options, hosts: [host] })
  expect([outcome, revision]).toEqual(['deployed', repository.revision('main')])
  const live = '/var/django/site/dev'
  const listed = await host.ask`cd ${live} && find . -type f ! -path './.git/*' | sort`
  expect(listed.lines).toEqual(['./.gitignore', './app/bytes', './app/copy.html', './app/page.html', './run'])
  expect(await host.files.readText(`${live}/app/copy.html`)).toBe('grüß dich\n')
  expect([...(await host.files.read(`${live}/app/bytes`))]).toEqual([0, 255, 128, 10])
  expect((await host.files.stat(`${live}/run`))?.mode).toBe(0o755)

  expect(await readdir(temporary)).toEqual([]) // nothing is left there
  expect(repository.commit({ files: { run: null } }).commits).toHaveLength(2)
})

it('a directory that cannot be taken as it is, is refused', async () => {
  const refused = (directory: string) => expect(FakeRepository.fromDirectory(directory)).rejects
  await refused(join(place.directory, 'none')).toThrow('none cannot be read')
  const directory = join(place.directory, 'linked')
  await mkdir(directory)
  await symlink('../..', join(directory, 'up'))
  await refused(directory).toThrow('up is a link to what is no file in it')
})

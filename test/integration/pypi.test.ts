import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database, deploy, type Host, Virtualenv } from 'dye-deploy'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { carers, page, REPOSITORY, sshHost } from '../support/carers.js'
import { needsPackageIndex } from '../support/needs.js'
import { makeWheel, ProjectRepository } from '../support/project-repository.js'
import { localPlace } from '../support/temporary.js'
import { TestServer } from '../support/test-server.js'

const REQUIREMENTS = ['Django>=4.2', 'gunicorn', 'psycopg[binary]>=3.1.8', 'tzdata']
const PYTHON = '/usr/bin/python3'

needsPackageIndex('the seed project with packages of PyPI', () => {
  const place = localPlace()
  let server: TestServer
  let host: Host
  let directory: string

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-pypi-'))
    server = await TestServer.start({ with: ['apache2', 'postgresql'] })
    host = sshHost(server)
    const repository = await ProjectRepository.create(join(directory, 'project'))
    const database = `{'ENGINE': 'django.db.backends.postgresql', 'NAME': 'carers', 'USER': 'carers', 'PASSWORD': DB_PASSWORD, 'HOST': '127.0.0.1'}`
    await repository.commit('v1', {
      'deploy/pip_packages.txt': [...REQUIREMENTS, 'greeting==1.0'].join('\n'),
      'django/website/local_settings.py.production': `from private_settings import DB_PASSWORD\nDATABASES = {'default': ${database}}\n`,
    })
    await repository.pushTo(server, REPOSITORY)
    // the server reaches no index: it gets the wheels
    const wheels = join(directory, 'wheels')
    await execa(PYTHON, ['-m', 'pip', 'download', '--quiet', '--dest', wheels, ...REQUIREMENTS], {
      timeout: 120_000,
    })
    await makeWheel(wheels, '1.0')
    await host.upload(wheels, 'wheels')
  }, 180_000)

  afterAll(async () => {
    await host?.close()
    await server?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  it('is deployed with the newest Django, gunicorn and a driver, out of a directory of wheels', async () => {
    const virtualenv = Virtualenv.at('django/website/.ve')
      .requirements('deploy/pip_packages.txt')
      .interpreter(PYTHON)
      .wheels('/home/deploy/wheels')
      .offline()
    const result = await deploy(
      carers(host, 'v1', { virtualenv, database: Database.postgresql({ name: 'carers' }) }),
    )
    expect(result.error).toBeUndefined()
    await page(server, '/add')
    expect(await page(server)).toBe('carers version 1\ngreeting 1.0\nvisits 1\nlegacy present')
    const bin = host
      .within('/var/django/carers/dev')
      .withEnv({ PATH: '/var/django/carers/dev/django/website/.ve/bin:/usr/bin:/bin' })
    const { stdout } = await bin.run`python -c ${'import django; print(django.__file__)'}`
    expect(stdout).toContain('/dev/django/website/.ve/lib/')
    const { stdout: answer } = await bin.run`
      gunicorn --chdir wsgi --bind 127.0.0.1:8765 --pid /tmp/gunicorn.pid wsgi_handler:application >/tmp/gunicorn.log 2>&1 &
      curl -sS --retry 20 --retry-connrefused --retry-delay 1 http://127.0.0.1:8765/; kill "$(cat /tmp/gunicorn.pid)"`
    expect(answer).toContain('visits 1')
  }, 120_000)

  it('has an environment that is built straight from the index, by whatever installs it', async () => {
    await writeFile(join(place.directory, 'requirements.txt'), REQUIREMENTS.join('\n'))
    const virtualenv = Virtualenv.at('.ve')
      .requirements('requirements.txt')
      .interpreter(PYTHON)
      .installer('auto')
    const here = place.host.within(place.directory)
    expect(await virtualenv.ensure(here)).toMatchObject({ changed: true })
    expect(await virtualenv.ensure(here)).toMatchObject({ changed: false })
    const { lines } =
      await here.run`.ve/bin/python -c ${'import django, psycopg; print(django.VERSION >= (4, 2)); print(psycopg.pq.__impl__)'}; .ve/bin/gunicorn --version`
    expect(lines).toEqual(['True', 'binary', expect.stringMatching(/^gunicorn \(version /)])
  }, 180_000)
})

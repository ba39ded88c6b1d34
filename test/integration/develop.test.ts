import { readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type DevelopOptions, Django, develop, installManageWrapper, Virtualenv } from 'dye-deploy'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { needsDjango } from '../support/needs.js'
import { HERMETIC_GIT, ProjectRepository } from '../support/project-repository.js'
import { localPlace } from '../support/temporary.js'

const SETTINGS = `import os
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': os.path.join(os.path.dirname(__file__), 'site.sqlite3')}}
DEBUG = True
`
const WEBSITE = 'django/website'
const TSX = fileURLToPath(new URL('../../node_modules/.bin/tsx', import.meta.url))
const KILLED_DEVELOPER = fileURLToPath(new URL('../support/killed-developer.ts', import.meta.url))

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}

needsDjango("a checkout on a developer's machine", () => {
  const place = localPlace()
  let checkout = ''
  const options = (more: Partial<DevelopOptions> = {}): DevelopOptions => ({
    directory: checkout,
    virtualenv: Virtualenv.at(`${WEBSITE}/.ve`)
      .requirements('deploy/pip_packages.txt')
      .interpreter('/usr/bin/python3')
      .systemSitePackages(),
    application: Django.at(WEBSITE),
    ...more,
  })
  const manage = (words: readonly string[], cwd = '/') =>
    execa(join(checkout, WEBSITE, 'manage.py'), words, { cwd, reject: false, all: true })
  const stepsOf = ({ steps }: Awaited<ReturnType<typeof develop>>) =>
    Object.fromEntries(steps.map(({ step, changed }) => [step, changed]))

  beforeAll(async () => {
    vi.stubEnv('GIT_ALLOW_PROTOCOL', 'file')
    const repository = await ProjectRepository.create(join(place.directory, 'project'))
    const module = join(place.directory, 'module')
    await execa('git', ['init', '--quiet', module])
    await execa('git', ['-C', module, 'commit', '--quiet', '--allow-empty', '-m', 'x'], { env: HERMETIC_GIT })
    await repository.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', module, 'docs')
    await repository.commit('with-dev', { [`${WEBSITE}/local_settings.py.dev`]: SETTINGS })
    checkout = join(place.directory, 'check out')
    await execa('git', ['clone', '--quiet', repository.directory, checkout], { env: HERMETIC_GIT })
  })

  afterAll(() => {
    vi.unstubAllEnvs()
  })

  it('is refused when it has no settings for the environment', async () => {
    await expect(develop(options({ environment: 'nowhere' }))).rejects.toThrow(
      'has no settings for "nowhere", only for dev, production, staging',
    )
  })

  it('is made ready by the next call, whenever one before it was killed', async () => {
    const killed = join(place.directory, 'killed')
    const env = { ...HERMETIC_GIT, GIT_ALLOW_PROTOCOL: 'file' }
    await execa('git', ['clone', '--quiet', checkout, killed], { env })
    const origin = join(place.directory, 'project')
    await execa('git', ['-C', killed, 'remote', 'set-url', 'origin', origin], { env })
    const moments = [
      ['submodules'],
      ['amid', '800'],
      ['amid', '2500'],
      ['virtualenv'],
      ['settings'],
      ['migrations'],
    ]
    for (const moment of moments) {
      const { stdout, stderr } = await execa(TSX, [KILLED_DEVELOPER, killed, ...moment], {
        env,
        reject: false,
      })
      expect([moment, stdout, stderr]).toEqual([moment, '', ''])
    }
    const result = await develop(options({ directory: killed }))
    expect(result.changed).toBe(false)
    const program = 'import sys, greeting; print(greeting.VERSION)'
    const python = join(killed, WEBSITE, '.ve/bin/python')
    expect((await execa(python, ['-c', program])).stdout).toBe('1.0')
    const check = await execa(python, ['manage.py', 'migrate', '--check'], {
      cwd: join(killed, WEBSITE),
      reject: false,
    })
    expect(check.exitCode).toBe(0)
  })

  it('is made ready by one call, and says what was done', async () => {
    const heard: string[] = []
    const said: string[] = []
    const result = await develop(
      options({
        hooks: {
          preDevelop: ({ environment }) => said.push(`before ${environment}`),
          postDevelop: async ({ host }) => said.push((await host.run`ls ${WEBSITE}/site.sqlite3`).stdout),
        },
        onStep: ({ step }) => heard.push(step),
      }),
    )
    expect(result).toMatchObject({ changed: true, environment: 'dev', migrations: ['visits.0001_initial'] })
    expect(heard).toEqual(['submodules', 'virtualenv', 'settings', 'migrations'])
    expect(stepsOf(result)).toEqual({ submodules: true, virtualenv: true, settings: true, migrations: true })
    expect(said).toEqual(['before dev', `${WEBSITE}/site.sqlite3`])
    expect(await readlink(join(checkout, WEBSITE, 'local_settings.py'))).toBe('local_settings.py.dev')
    const secrets = await stat(join(checkout, WEBSITE, 'private_settings.py'))
    expect(secrets.mode & 0o777).toBe(0o600)
  })

  it('has nothing to do the second time, and says so', async () => {
    const secrets = await readFile(join(checkout, WEBSITE, 'private_settings.py'), 'utf8')
    const result = await develop(options())
    expect(stepsOf(result)).toEqual({
      submodules: false,
      virtualenv: false,
      settings: false,
      migrations: false,
    })
    expect(result).toMatchObject({ changed: false, migrations: [] })
    expect(await readFile(join(checkout, WEBSITE, 'private_settings.py'), 'utf8')).toBe(secrets)
  })

  it('runs by a manage.py that finds its virtualenv, from anywhere', async () => {
    const install = () => installManageWrapper({ directory: checkout, project: WEBSITE })
    expect(await install()).toMatchObject({ changed: true })
    expect(await install()).toMatchObject({ changed: false })
    const program = 'import sys, greeting; print(sys.prefix, greeting.VERSION)'
    const shell = await manage(['shell', '-c', program])
    expect(shell.stdout).toBe(`${join(checkout, WEBSITE, '.ve')} 1.0`)
    const imported = await execa('python3', ['-c', 'import manage; print("imported")'], {
      cwd: join(checkout, WEBSITE),
    })
    expect(imported.stdout).toBe('imported')
    const strict = await execa('/usr/bin/python3', ['-W', 'error::ImportWarning', 'manage.py', 'check'], {
      cwd: join(checkout, WEBSITE),
    })
    expect(strict.exitCode).toBe(0)
  })

  it('serves its page, by the reloader too', async () => {
    const port = await freePort()
    const words = ['runserver', `127.0.0.1:${port}`]
    const server = execa(join(checkout, WEBSITE, 'manage.py'), words, {
      ...{ stdio: 'ignore', reject: false, detached: true },
    })
    const body = async () => (await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined))?.text()
    try {
      await expect.poll(body, { timeout: 30_000 }).toContain('carers version 1')
      const urls = join(checkout, WEBSITE, 'urls.py')
      await writeFile(urls, (await readFile(urls, 'utf8')).replace('version 1', 'version 7'))
      await expect.poll(body, { timeout: 30_000 }).toContain('carers version 7')
    } finally {
      if (server.pid) process.kill(-server.pid, 'SIGKILL')
      await server
    }
  })

  it('is not run with requirements that its virtualenv lacks, until it is made ready again', async () => {
    const file = join(checkout, 'deploy/pip_packages.txt')
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace('greeting==1.0', 'greeting==2.0'))
    const refused = await manage(['check'])
    expect(refused.exitCode).toBe(1)
    expect(refused.stderr).toContain(
      'The requirements have changed since the virtualenv was built (deploy/pip_packages.txt)',
    )
    const marked = await develop(options({ rebuild: 'markFresh' }))
    expect(stepsOf(marked).virtualenv).toBe(true)
    expect((await manage(['check'])).exitCode).toBe(0)
    await develop(options({ rebuild: 'force' }))
    const { stdout } = await manage(['shell', '-c', 'import greeting; print(greeting.VERSION)'])
    expect(stdout).toBe('2.0')
  })

  it('says that there is no virtualenv', async () => {
    await Virtualenv.at(join(checkout, WEBSITE, '.ve')).remove(place.host)
    expect((await manage(['check'])).stderr).toContain('make the checkout ready with develop()')
  })

  it('remembers its environment', async () => {
    const local = join(checkout, WEBSITE, 'local_settings.py.staging')
    await writeFile(local, SETTINGS)
    const { environment } = await develop(options({ environment: 'staging' }))
    expect(environment).toBe('staging')
    expect((await develop(options())).environment).toBe('staging')
  })

  it("keeps a manage.py with code of somebody's", async () => {
    const file = join(checkout, WEBSITE, 'manage.py')
    const own = `import os\nfrom django.core.management import execute_from_command_line\n${'print(1)\n'.repeat(20)}os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site.settings")\n`
    await writeFile(file, own)
    const wanted = { directory: checkout, project: WEBSITE }
    await expect(installManageWrapper(wanted)).rejects.toThrow('has code of its own')
    expect(await readFile(file, 'utf8')).toBe(own)
    await installManageWrapper({ ...wanted, overwrite: true })
    expect(await readFile(file, 'utf8')).toContain('"site.settings"')
    await rm(file)
  })
})

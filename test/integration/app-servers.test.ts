import { AppServer, deploy, Release, rollback, Virtualenv, Worker } from 'dye-deploy'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type AppSite, AppSites } from '../support/app-sites.js'
import { Load } from '../support/load.js'
import { needsTestServer } from '../support/needs.js'

const release = Release.under('/srv/sites').keep(5)

const BY_UWSGI: AppSite = {
  project: 'uwsgi',
  server: AppServer.uwsgi('app:wsgi'),
  release,
  pass: 'include uwsgi_params; uwsgi_pass ',
  more: { virtualenv: Virtualenv.at('.ve').requirements('empty.txt') },
}

const BY_DAPHNE: AppSite = {
  project: 'daphne',
  server: AppServer.daphne('app:asgi'),
  release,
  pass: 'proxy_pass http://',
}

const OF_A_USER: AppSite = {
  project: 'mine',
  server: AppServer.uwsgi('app:wsgi', { manager: 'user', protocol: 'http' }),
  release: Release.under('/srv/ops').keep(5),
  pass: 'proxy_pass http://',
  withoutRoot: true,
}

const supervised = AppServer.gunicorn('app:wsgi', { manager: 'supervisor', env: { ODD: '"day" ;100%' } })
const BY_SUPERVISOR: AppSite = {
  project: 'supervised',
  server: supervised,
  release,
  pass: 'proxy_pass http://',
  more: { processes: [supervised, Worker.manage('watch', { manager: 'supervisor' })] },
}

/** What all of them have to do. */
async function lives(sites: AppSites, site: AppSite): Promise<void> {
  const { project } = site
  const onlyLive = async () => {
    const { atWork, live } = await sites.settled(site)
    expect(atWork).toEqual([live])
  }

  // the first
  const first = await deploy(sites.options(site, 'a1'))
  expect(first.error).toBeUndefined()
  expect(await sites.page(site)).toMatch(/^a1 /)

  // a new one, beside visitors and one who has to wait long
  const slow = sites.page(site, '/slow')
  const load = Load.on(sites.server.address, { name: `${project}.test`, clients: 2, isLight: true })
  const second = await deploy(sites.options(site, 'a2'))
  const end = performance.now()
  expect(second.error).toBeUndefined()
  await new Promise(resolve => setTimeout(resolve, 300))
  expect(await slow).toMatch(/^a1 /)
  const { failures, statuses, answers } = await load.stop()
  expect(failures).toEqual([])
  expect(Object.keys(statuses)).toEqual(['200'])
  const after = answers.filter(({ at }) => at > end).map(({ text }) => text.split(' ')[0])
  expect(after.length).toBeGreaterThan(5)
  expect(new Set(after)).toEqual(new Set(['a2']))
  await onlyLive()

  // one that cannot be started
  const before = await sites.releases(site)
  const broken = await deploy(sites.options(site, 'broken'))
  expect(broken.outcome).toBe('failed-before-switch')
  expect(broken.error?.message).toContain('nothing_of_that_name')
  expect(await sites.page(site)).toMatch(/^a2 /)
  expect(await sites.releases(site)).toEqual(before)

  // and back
  const back = await rollback(sites.options(site, 'a2'))
  expect(back.error).toBeUndefined()
  expect(await sites.page(site)).toMatch(/^a1 /)
  await onlyLive()
}

/** Programs that supervisor knows of, and how they are. */
async function programs({ server }: AppSites): Promise<string[]> {
  const { stdout } = await server.exec('supervisorctl status', { reject: false })
  return stdout.split('\n').map(line => line.replace(/@\S+\s+(\w+).*/, ' $1'))
}

/** Each of them answers again after a power cut, and nothing old does anything. */
async function comeBack(sites: AppSites, all: readonly AppSite[]): Promise<void> {
  await sites.server.kill()
  await sites.server.mend()
  for (const site of all) {
    await expect
      .poll(() => sites.page(site).catch(String), { timeout: 20_000, interval: 300 })
      .toMatch(/^a1 /)
    const { atWork, live } = await sites.settled(site)
    expect(atWork).toEqual([live])
  }
}

needsTestServer('servers of applications', () => {
  let sites: AppSites
  const all = [BY_UWSGI, BY_DAPHNE, OF_A_USER, BY_SUPERVISOR]

  beforeAll(async () => {
    sites = await AppSites.start(all)
  })

  afterAll(() => sites?.stop())

  it('say what root has to do once for those of a user who may not do it', async () => {
    const rule = '/etc/polkit-1/rules.d/00-no-linger.rules'
    const text = "if (action.id == 'org.freedesktop.login1.set-self-linger') return polkit.Result.NO"
    await sites.server.writeFile(rule, `polkit.addRule(function (action) { ${text} })`)
    await sites.server.exec('systemctl restart polkit')
    const { error, outcome } = await deploy(sites.options(OF_A_USER, 'a1'))
    await sites.server.exec(`rm ${rule}; systemctl restart polkit`)
    expect(outcome).toBe('failed-before-switch')
    expect(error?.message).toContain('what ops runs would end when ops logs out')
    expect(error?.message).toContain('loginctl enable-linger ops')
  })

  it.concurrent.each(all)(
    'serve, are exchanged and go back: $project',
    async site => {
      await lives(sites, site)
    },
    240_000,
  )

  it('run in the virtualenv of the release', async () => {
    expect(await sites.page(BY_UWSGI)).toMatch(/^a1 \/srv\/sites\/uwsgi\/previous\/[^/]+\/\.ve$/)
  })

  it('come back with the server', async () => {
    await comeBack(sites, all)
  })
})

needsTestServer('servers of applications without systemd', () => {
  let sites: AppSites

  beforeAll(async () => {
    sites = await AppSites.start([BY_SUPERVISOR], { systemd: false })
  })

  afterAll(() => sites?.stop())

  it('are refused, with a word about supervisor', async () => {
    const { error } = await deploy({ ...sites.options(BY_SUPERVISOR, 'a1'), processes: [BY_DAPHNE.server] })
    expect(error?.message).toContain('the server has no systemd')
    expect(error?.message).toContain("{ manager: 'supervisor' }")
  })

  it('are run by supervisor', async () => {
    await lives(sites, BY_SUPERVISOR)
    await expect
      .poll(() => programs(sites), { timeout: 15_000, interval: 500 })
      .toEqual(['supervised-gunicorn RUNNING', 'supervised-watch RUNNING'])
    const { stdout } = await sites.server.exec(
      'ls /etc/supervisor/conf.d; : >/tmp/worker.log; sleep 2; sort -u /tmp/worker.log; supervisorctl update',
    )
    expect(stdout.split('\n')).toHaveLength(3) // two programs, one version, and nothing to update
  }, 240_000)

  it('come back with the server', async () => {
    await comeBack(sites, [BY_SUPERVISOR])
    await expect.poll(() => programs(sites), { timeout: 15_000 }).toHaveLength(2)
  })

  it('are not run while supervisord does not run', async () => {
    await sites.server.exec('service supervisor stop; while pgrep -x supervisord; do sleep 0.1; done')
    const { error } = await deploy(sites.options(BY_SUPERVISOR, 'a2'))
    expect(error?.message).toContain('supervisord does not run')
  })
})

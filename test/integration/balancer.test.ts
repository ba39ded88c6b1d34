import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import {
  type DeployEvent,
  deploy,
  type Host,
  rollback,
  type StepRecord,
  updateVirtualenv,
  versions,
} from 'dye-deploy'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { balanced, haProxyConfiguration, haProxySays, haProxyStates, hostsOf } from '../support/balanced.js'
import { page, REPOSITORY } from '../support/carers.js'
import { startCarersServer } from '../support/carers-server.js'
import { Load } from '../support/load.js'
import { needsTestServer } from '../support/needs.js'
import { ProjectRepository } from '../support/project-repository.js'
import { TestServer } from '../support/test-server.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const TSX = join(ROOT, 'node_modules/.bin/tsx')
const DYING_DEPLOYER = join(ROOT, 'test/support/dying-balanced-deployer.ts')
const LIMIT_MS = 10_000

/** Adds pages that tell which version answers, and whether this server is well. */
function withVersion(urls: string, version: string): string {
  const pages = `path('version', lambda request: HttpResponse('${version}')), path('well', lambda request: HttpResponse('${version}', status=500 if os.path.exists('/srv/ill') else 200)), `
  return `import os\n${urls.replace('urlpatterns = [', `urlpatterns = [${pages}`)}\n`
}

needsTestServer('two servers behind HAProxy', () => {
  let directory: string
  let webs: [TestServer, TestServer]
  let lb: TestServer
  let hosts: readonly Host[]
  let balancer: Host

  let records: StepRecord[]

  const options = (tag: string, more: Parameters<typeof balanced>[3] = {}) => {
    records = []
    const onEvent = (event: DeployEvent) => {
      if (event.type === 'step-ended') records.push(event.record)
    }
    return balanced(hosts, balancer, tag, { onEvent, ...more })
  }

  const say = (words: string) => haProxySays(lb, words)
  const states = () => haProxyStates(lb)
  const statuses = async () => (await states()).map(({ status }) => status)
  const served = () => Promise.all(webs.map(server => page(server, '/version').catch(String)))
  const numberOf = ({ name }: { readonly name: string }) => hosts.findIndex(host => host.name === name)
  /** What the last run did to the balancer and to the live links, in order. */
  const moves = () =>
    records.flatMap(({ step, host, status, note }) =>
      /leave|join|switch-release/.test(step)
        ? [`${numberOf({ name: host }) + 1} ${step} ${status === 'unchanged' ? note : status}`]
        : [],
    )
  const turn = (number: number, ...steps: readonly string[]) => steps.map(step => `${number} ${step} changed`)
  const ROLLED = [1, 2].flatMap(number => turn(number, 'leave-balancer', 'switch-release', 'join-balancer'))

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-balancer-'))
    const started = await Promise.all([
      startCarersServer('nginx'),
      startCarersServer('nginx'),
      TestServer.start(),
    ])
    webs = [started[0], started[1]]
    lb = started[2]
    const [one, other, last] = hostsOf(started)
    if (!one || !other || !last) throw new Error('there are no hosts')
    hosts = [one, other]
    balancer = last
    const repository = await ProjectRepository.create(join(directory, 'project'))
    const urls = await repository.read('django/website/urls.py')
    for (const version of ['n1', 'n2', 'n3', 'n4']) {
      await repository.commit(version, { 'django/website/urls.py': withVersion(urls, version) })
    }
    await Promise.all(webs.map(server => repository.pushTo(server, REPOSITORY)))
    await lb.writeFile('/etc/haproxy/haproxy.cfg', haProxyConfiguration(webs))
    await lb.exec('systemctl start haproxy')
  })

  afterAll(async () => {
    await Promise.all([...(hosts ?? []), ...(balancer ? [balancer] : [])].map(host => host.close()))
    await Promise.all([...(webs ?? []), ...(lb ? [lb] : [])].map(server => server.stop()))
    if (directory) await rm(directory, { recursive: true, force: true })
  })

  it('are not drained by the first deploy, before which none of them is well', async () => {
    const result = await deploy(options('n1'))
    expect(result.error).toBeUndefined()
    expect(result.outcome).toBe('deployed')
    expect(result.steps.find(({ step }) => step === 'leave-balancer')?.note).toContain(
      'no other server of carers is ready',
    )
    await expect.poll(statuses, { timeout: LIMIT_MS }).toEqual(['UP', 'UP'])
    expect(await page(lb, '/version')).toBe('n1')
  })

  it('are switched one at a time, each while nobody is sent there, and no request fails', async () => {
    const load = Load.on(lb.address, { path: '/version' })
    const seen: string[] = []
    const requests: number[] = []
    const underWay: number[] = []
    const look = async ({ host }: { readonly host: Host }) => {
      const now = await states()
      seen.push(now.map(({ status }) => status).join())
      requests.push(now[numberOf(host)]?.requests ?? -1)
      underWay.push(now[numberOf(host)]?.now ?? -1)
    }
    for (const version of ['n2', 'n3', 'n1']) {
      const hooks = { before: { 'switch-release': look }, after: { 'check-health': look } }
      const result = await deploy(options(version, { hooks }))
      expect(result.error).toBeUndefined()
      expect(moves()).toEqual(ROLLED)
      expect(await statuses()).toEqual(['UP', 'UP'])
      expect(await served()).toEqual([version, version])
    }
    const { failures, statuses: answered, answers } = await load.stop()
    expect(failures).toEqual([])
    expect(Object.keys(answered)).toEqual(['200'])
    expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(['n1', 'n2', 'n3']))
    expect(seen).toEqual([1, 2, 3].flatMap(() => ['DRAIN,UP', 'DRAIN,UP', 'UP,DRAIN', 'UP,DRAIN']))
    expect(new Set(underWay)).toEqual(new Set([0]))
    // between the two looks of a turn the server that was switched has got no request, while there were many
    for (let at = 0; at < requests.length; at += 2) expect(requests[at + 1]).toBe(requests[at])
    expect((await states()).every(each => each.requests > 100)).toBe(true)
  }, 120_000)

  it('go back, both, and are both ready, when the second is not well', async () => {
    await webs[1].exec('touch /srv/ill')
    const load = Load.on(lb.address, { path: '/version', clients: 4 })
    const result = await deploy(options('n4'))
    expect(result.error).toMatchObject({ code: 'UNHEALTHY', host: hosts[1]?.name })
    expect(result.outcome).toBe('rolled-back')
    expect(result.hosts.map(({ outcome }) => outcome)).toEqual(['rolled-back', 'rolled-back'])
    expect(moves()).toEqual([
      ...turn(1, 'leave-balancer', 'switch-release', 'join-balancer'),
      ...turn(2, 'leave-balancer', 'switch-release'),
      ...['2 switch-release undone', '2 leave-balancer undone'],
      ...['1 join-balancer undone', '1 switch-release undone', '1 leave-balancer undone'],
    ])
    expect(await served()).toEqual(['n1', 'n1'])
    expect(await statuses()).toEqual(['UP', 'UP'])
    const { failures, statuses: answered } = await load.stop()
    expect(failures).toEqual([])
    expect(Object.keys(answered)).toEqual(['200'])
    await webs[1].exec('rm /srv/ill')
  })

  it.each([
    ['leave-balancer', 0],
    ['switch-release', 1],
  ])(
    'are ready again, and whole, soon after the deployer was killed after %s of number %i',
    async (step, number) => {
      const load = Load.on(lb.address, { path: '/version', clients: 2 })
      const servers = [...webs, lb].map(({ address, identityFile, knownHosts }) => ({
        address,
        identityFile,
        knownHosts,
      }))
      const orders = { servers, tag: 'n4', step, address: webs[number]?.address }
      const dead = await execa(TSX, [DYING_DEPLOYER, JSON.stringify(orders)], { reject: false })
      expect([dead.stdout, dead.stderr, dead.exitCode]).toEqual(['', '', 137])
      const now = async () => [...(await statuses()), ...(await served())].join()
      const end = Date.now() + LIMIT_MS
      while (Date.now() < end && (await now()) !== 'UP,UP,n1,n1') await pause(200)
      expect(await now()).toBe('UP,UP,n1,n1')
      const lock = 'flock -n /var/django/carers/.dye/lock echo free'
      const locks = async () =>
        (await Promise.all(webs.map(server => server.exec(lock, { reject: false })))).map(
          ({ stdout }) => stdout,
        )
      await expect.poll(locks, { timeout: 20_000 }).toEqual(['free', 'free'])
      const { failures, statuses: answered } = await load.stop()
      expect(failures).toEqual([])
      expect(Object.keys(answered)).toEqual(['200'])
    },
  )

  it('are not touched when HAProxy does not know one of them', async () => {
    const before = await versions(options('n2'))
    const haProxy = { servers: { [webs[1].address]: 'web9' } }
    const result = await deploy(options('n2', { haProxy }))
    expect(result.outcome).toBe('failed-before-switch')
    expect(result.error).toMatchObject({ code: 'UNKNOWN_SERVER', host: balancer.name })
    expect(result.error?.message).toContain(`web1 (${webs[0].address}), web2 (${webs[1].address})`)
    expect(result.steps.some(({ step }) => step === 'prepare-release')).toBe(false)
    const absent = await deploy(options('n2', { haProxy: { socket: '/run/haproxy/other.sock' } }))
    expect(absent.error).toMatchObject({ code: 'BALANCER_FAILED' })
    expect(absent.error?.message).toContain('there is no socket /run/haproxy/other.sock')
    expect(await versions(options('n2'))).toEqual(before)
  })

  it('stay as they were where somebody has put one into maintenance; the other is not drained then', async () => {
    await say('set server carers/web2 state maint')
    const result = await deploy(options('n2'))
    expect(result.error).toBeUndefined()
    expect(moves().filter(move => move.includes('leave'))).toEqual([
      '1 leave-balancer no other server of carers is ready: web1 goes on, or the site would be down',
      '2 leave-balancer somebody has taken web2 out before: it stays so',
    ])
    expect(await statuses()).toEqual(['UP', 'MAINT'])
    await say('set server carers/web2 state ready')
    await expect.poll(statuses, { timeout: LIMIT_MS }).toEqual(['UP', 'UP'])
  })

  it('are deployed to by the example of the README', async () => {
    const servers = [...webs, lb]
    const names = ['web1.example.org', 'web2.example.org', 'lb.example.org']
    const example = await readFile(join(ROOT, 'examples/balancer.ts'), 'utf8')
    const real = names.reduce((text, name, at) => text.replace(name, servers[at]?.address ?? ''), example)
    await writeFile(join(directory, 'balancer.ts'), real)
    const logins = servers.map(({ address, identityFile, knownHosts }) => ({
      address,
      identityFile,
      knownHosts,
    }))
    await writeFile(
      join(directory, 'options.ts'),
      `import { balanced, hostsOf } from '${join(ROOT, 'test/support/balanced.js')}'
const [one, other, lb] = hostsOf(${JSON.stringify(logins)})
export const options = balanced([one, other], lb, 'n3')`,
    )
    await mkdir(join(directory, '.ssh'))
    await copyFile(lb.identityFile, join(directory, '.ssh/id_ed25519'))
    await chmod(join(directory, '.ssh/id_ed25519'), 0o600)
    const known = await Promise.all(servers.map(({ knownHosts }) => readFile(knownHosts, 'utf8')))
    await writeFile(join(directory, '.ssh/known_hosts'), known.join(''))
    await writeFile(join(directory, 'package.json'), '{ "type": "module" }')
    const words = ['--tsconfig', join(ROOT, 'tsconfig.json'), join(directory, 'balancer.ts')]
    const env = { HOME: directory, SSH_AUTH_SOCK: '' }
    const { all } = await execa(TSX, words, { cwd: directory, env, all: true, reject: false })
    expect(all).toBe('deployed 2')
    expect(await served()).toEqual(['n3', 'n3'])
  })

  it('get another virtualenv in the same way', async () => {
    const update = await updateVirtualenv(options('n3'))
    expect(update.error).toBeUndefined()
    expect(records.some(({ step, status }) => step === 'switch-virtualenv' && status === 'changed')).toBe(
      true,
    )
    expect(moves()).toEqual([1, 2].flatMap(number => turn(number, 'leave-balancer', 'join-balancer')))
  }, 120_000)

  it('go back in a rollback in the same way, by a user who may write to the socket, and by socat', async () => {
    await lb.exec('usermod -a -G haproxy deploy; rm /etc/sudoers.d/test-server; mv /usr/bin/python3 /root/')
    await balancer.close()
    const result = await rollback(options('n3'))
    expect(result.error).toBeUndefined()
    expect(moves()).toEqual(ROLLED)
    expect(await served()).toEqual(['n2', 'n2'])
    expect(await statuses()).toEqual(['UP', 'UP'])
  })
})

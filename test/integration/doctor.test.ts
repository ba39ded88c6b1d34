import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkupText, type DeployOptions, deploy, doctor, Host, plan, RequirementError } from 'dye-deploy'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { carers, REPOSITORY, sshHost } from '../support/carers.js'
import { blocksOf } from '../support/documents.js'
import { needsTestServer } from '../support/needs.js'
import { ProjectRepository } from '../support/project-repository.js'
import { changingNothing } from '../support/server-files.js'
import { TestServer } from '../support/test-server.js'

const HOME = '/var/django/carers'

needsTestServer('the doctor', () => {
  let directory: string
  let server: TestServer
  let host: Host

  const examined = (options: DeployOptions) => changingNothing(server, () => doctor(options))

  const codes = async (options: DeployOptions) =>
    (await doctor(options)).findings.map(({ code, severity }) => `${severity} ${code}`)

  const setSudoers = (text: string) =>
    server.writeFile('/etc/sudoers.d/test-server', `${text}\n`, { mode: '440' })

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-doctor-'))
    server = await TestServer.start({ with: ['apache2', 'mariadb'] })
    host = sshHost(server)
    const repository = await ProjectRepository.create(join(directory, 'project'))
    await repository.pushTo(server, REPOSITORY)
  })

  afterAll(async () => {
    await host?.close()
    await server?.stop()
    if (directory) await rm(directory, { recursive: true })
  })

  it('has nothing to say of a server that is well, in one round trip, before and after a deploy', async () => {
    const well = { isWell: true, findings: [] }
    expect(await doctor(carers(host, 'v1'))).toEqual(well)
    expect(await host.roundTrips()).toBe(0) // it has a session of its own
    expect(host.connects).toBe(1)
    const { virtualenv, application, database, webServer, ...code } = carers(host, 'v1')
    expect((await deploy(code)).error).toBeUndefined()
    expect(await examined(carers(host, 'v1'))).toEqual(well)
  })

  it('knows what sudo lets a deploy do', async () => {
    const everything = (await server.exec('cat /etc/sudoers.d/test-server')).stdout
    const [guide] = (await blocksOf('docs/security.md')).filter(({ language }) => language === 'sudoers')
    const lines = guide?.text ?? ''
    await setSudoers(lines)
    expect(await codes(carers(host, 'v1'))).toEqual([])

    await setSudoers(lines.replace('/usr/sbin/apache2ctl graceful, ', ''))
    expect((await doctor(carers(host, 'v1'))).findings).toEqual([
      {
        host: host.name,
        code: 'SUDO_NOT_ALLOWED',
        severity: 'error',
        message: 'sudo does not run as root, without a password: /usr/sbin/apache2ctl graceful',
        remedy:
          'put the line "deploy ALL=(root) NOPASSWD: /usr/sbin/apache2ctl graceful" into a file below /etc/sudoers.d (visudo -f)',
      },
    ])

    await setSudoers(`${lines}\ndeploy ALL=(root) PASSWD: /usr/sbin/apache2ctl graceful`)
    expect(await codes(carers(host, 'v1'))).toEqual(['error SUDO_PASSWORD_REQUIRED'])
    await setSudoers(everything)
    const { address, identityFile, knownHosts } = server
    await using ops = Host.ssh(`ops@${address}`, { identityFile, knownHosts, sudoPassword: 'secret' })
    expect(await codes(carers(ops, 'v1'))).toEqual([])
  })

  it('finds all that is wrong at once, on all hosts, and touches none of it', async () => {
    await using unknown = Host.ssh(`deploy@${server.address}`, { knownHosts: join(directory, 'nobody') })
    await using changed = Host.ssh(`deploy@${server.address}`, { knownHosts: join(directory, 'another') })
    await using ops = sshHost(server, 'ops')
    const key = 'AAAAC3NzaC1lZDI1NTE5AAAAIJ0OPhPCNq1CkxDO6EQ5lEjhAqAsZEzTQ2lT2xFvRwJ9'
    await writeFile(join(directory, 'nobody'), '')
    await writeFile(join(directory, 'another'), `${server.address} ssh-ed25519 ${key}\n`)
    await server.exec(`cd ${HOME} && cp -a "$(readlink -f dev)" copy && rm dev && mv copy dev
      echo '{"release":"2026-' >>.dye/journal.jsonl
      mkdir previous/by-hand
      mv /usr/bin/git /usr/bin/git.away
      setsid flock .dye/lock sleep 600 >/dev/null 2>&1 &
      echo 'no json' >${HOME}/.dye/lock.json
      free=$(df -k --output=avail / | tail -n 1); fallocate -l $((free / 10 * 9))K /var/filler`)
    const options = carers(ops, 'v1', { hosts: [ops, unknown, changed] })
    const { isWell, findings } = await examined(options)
    expect(isWell).toBe(false)
    expect(findings.map(({ host, code, severity }) => [host, severity, code])).toEqual([
      [ops.name, 'error', 'PROGRAM_MISSING'],
      [ops.name, 'error', 'SUDO_PASSWORD_REQUIRED'],
      [ops.name, 'error', 'DISK_ALMOST_FULL'],
      [ops.name, 'error', 'LOCKED'],
      [ops.name, 'note', 'LOCK_DETAILS_DAMAGED'],
      [ops.name, 'warning', 'LIVE_NOT_A_LINK'],
      [ops.name, 'warning', 'JOURNAL_DAMAGED'],
      [ops.name, 'note', 'RELEASE_UNKNOWN'],
      [unknown.name, 'error', 'HOST_KEY_UNKNOWN'],
      [changed.name, 'error', 'HOST_KEY_CHANGED'],
    ])
    expect(findings.filter(({ remedy }) => !remedy).map(({ code }) => code)).toEqual(['LOCK_DETAILS_DAMAGED'])
    expect(checkupText({ isWell, findings })).toContain('\n    install it: apt-get install git\n')
  })

  it('is of one mind with a deploy, which names all missing programs before it changes anything', async () => {
    await server.exec(`mv /usr/bin/flock /usr/bin/flock.away; mv /usr/bin/curl /usr/bin/curl.away
      mkdir /usr/lib/away && mv /usr/lib/python3*/ensurepip /usr/lib/away; mv /usr/bin/mariadb-dump /usr/bin/mysqldump /usr/lib/away`)
    const missing = (await doctor(carers(host, 'v1'))).findings.flatMap(({ code, message }) =>
      code.startsWith('PROGRAM_') ? [message] : [],
    )
    expect(missing).toEqual([
      'there is no flock',
      'there is no git 2.15 or newer',
      'there is no the module venv of Python',
      'there is no mariadb-dump',
    ])
    const { error, outcome, steps } = await changingNothing(server, () => deploy(carers(host, 'v1')))
    expect(outcome).toBe('failed-before-switch')
    expect(error).toBeInstanceOf(RequirementError)
    expect(error).toMatchObject({ programs: ['flock', 'git 2.15 or newer', 'mariadb-dump'] })
    expect(error?.message).toContain('apt-get install util-linux git mariadb-client')
    expect(steps.map(({ step, status }) => `${step} ${status}`)).toEqual(['acquire-lock failed'])
    await server.exec(`cd ${HOME} && mv dev dev.old && ln -s previous/2* dev`)
    const planned = await plan(carers(host, 'v1'))
    expect(planned.isClear).toBe(false)
    expect(planned.steps[0]).toMatchObject({
      what: 'fail',
      note: expect.stringContaining('no flock, no git'),
    })
  })
})

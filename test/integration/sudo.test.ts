import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DeployResult, deploy, Host, Secret, type SshOptions, SudoError } from 'dye-deploy'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { carers, page, REPOSITORY } from '../support/carers.js'
import { needsTestServer } from '../support/needs.js'
import { ProjectRepository } from '../support/project-repository.js'
import { TestServer } from '../support/test-server.js'

needsTestServer('sudo', () => {
  let server: TestServer
  let directory: string

  const hostOf = (user: string, options: Partial<SshOptions> = {}) => {
    const { address, identityFile, knownHosts } = server
    return Host.ssh(`${user}@${address}`, { identityFile, knownHosts, ...options })
  }

  const failureOf = async (host: Host) => {
    await using here = host
    return await here.asRoot().run`id -un`.catch((error: unknown) => error)
  }

  /** Runs a test with a file below /etc/sudoers.d. */
  const withSudoers = async (text: string, test: () => Promise<void>) => {
    await server.writeFile('/etc/sudoers.d/zz-test', `${text}\n`, { mode: '440' })
    try {
      await test()
    } finally {
      await server.exec('rm -f /etc/sudoers.d/zz-test')
    }
  }

  const failedAttempts = async () => {
    const { stdout } = await server.exec('journalctl --no-pager -t sudo | grep -c "incorrect password" || :')
    return Number(stdout)
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-sudo-'))
    server = await TestServer.start({ with: ['apache2', 'mariadb'] })
    const repository = await ProjectRepository.create(join(directory, 'project'))
    await repository.pushTo(server, REPOSITORY)
  })

  afterAll(async () => {
    await server?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  it('that asks for a password which was not given: says so, and which line would spare it', async () => {
    const error = await failureOf(hostOf('ops'))
    expect(error).toBeInstanceOf(SudoError)
    expect(error).toMatchObject({ code: 'SUDO_PASSWORD_REQUIRED', exitCode: 1 })
    expect(String(error)).toContain('"ops ALL=(ALL) NOPASSWD: ALL"')
    expect(String(error)).toContain('sudoPassword')
  })

  it('with a wrong password: says so, after one attempt, without showing it', async () => {
    const before = await failedAttempts()
    const error = await failureOf(hostOf('ops', { sudoPassword: 'wrong-canary' }))
    expect(error).toMatchObject({ code: 'SUDO_PASSWORD_WRONG' })
    expect(JSON.stringify(error) + String(error)).not.toContain('wrong-canary')
    expect((await failedAttempts()) - before).toBe(1)
  })

  it('asks for the password once, for all that a host and its sessions do', async () => {
    let asked = 0
    const sudoPassword = async () => {
      asked += 1
      return Secret.of('secret')
    }
    await using host = hostOf('ops', { sudoPassword })
    expect((await host.run`true`).ok).toBe(true)
    await using session = host.ownSession()
    const both = [host.asRoot().ask`id -un`, session.asRoot().ask`id -un`, host.as('nobody').ask`id -un`]
    expect((await Promise.all(both)).map(({ stdout }) => stdout)).toEqual(['root', 'root', 'nobody'])
    expect(asked).toBe(1)
  })

  it('does not ask at all where sudo does not', async () => {
    let asked = 0
    const sudoPassword = () => {
      asked += 1
      return 'secret'
    }
    await using host = hostOf('deploy', { sudoPassword })
    expect((await host.asRoot().ask`id -un`).stdout).toBe('root')
    expect(asked).toBe(0)
  })

  it('leaves the password in no output, variable or environment of the command', async () => {
    await using host = hostOf('ops', { sudoPassword: 'secret' })
    const { stdout } = await host.asRoot().ask`cat; env; cat /proc/$PPID/cmdline | tr '\\0' ' '`
    expect(stdout).not.toMatch(/secret/)
    const own = await host.ask`env | grep -c DYE_ || :`
    expect(own.stdout).toBe('0')
  })

  it('ends what runs as root when the time is up, with a password too', async () => {
    await using host = hostOf('ops', { sudoPassword: 'secret' })
    const late = host.asRoot().limitedBy({ timeout: 500 }).run`sleep 543.21`
    await expect(late).rejects.toMatchObject({ code: 'TIMED_OUT' })
    const { stdout } = await server.exec('pgrep -f "^sleep 543.21" || echo gone')
    expect(stdout).toBe('gone')
  })

  it.each([
    ['that is not allowed', 'deploy ALL=(ALL) NOPASSWD: !ALL', 'SUDO_NOT_ALLOWED'],
    ['that wants a terminal', 'Defaults requiretty', 'SUDO_REQUIRES_TTY'],
  ])('%s says so', async (_, line, code) => {
    await withSudoers(line, async () => {
      expect(await failureOf(hostOf('deploy'))).toMatchObject({ code })
    })
  })

  it('as somebody who does not exist says so', async () => {
    await using host = hostOf('deploy')
    const error = await host.as('nobody-here').run`true`.catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'SUDO_UNKNOWN_USER' })
  })

  it('that is not there is missed by name', async () => {
    await server.exec('mv /usr/bin/sudo /usr/bin/sudo.away')
    try {
      expect(await failureOf(hostOf('deploy'))).toMatchObject({ code: 'SUDO_MISSING', exitCode: 127 })
    } finally {
      await server.exec('mv /usr/bin/sudo.away /usr/bin/sudo')
    }
  })

  it('with a password is enough for a deploy, and the password is in no argument vector', async () => {
    await using host = hostOf('deploy', { sudoPassword: 'canary of deploy' })
    await server.exec("printf 'deploy:canary of deploy\\n' | chpasswd")
    const end = new AbortController()
    let seen = ''
    const watching = (async () => {
      while (!end.signal.aborted)
        seen += (await server.exec("cat /proc/[0-9]*/cmdline | tr '\\0' ' '")).stdout
    })()
    const options = carers(host, 'v1')
    let result: DeployResult | undefined
    await withSudoers('deploy ALL=(ALL) PASSWD: ALL', async () => {
      result = await deploy(options)
    })
    end.abort()
    await watching
    expect(result?.error).toBeUndefined()
    expect(result?.outcome).toBe('deployed')
    expect(await page(server)).toContain('carers version 1')
    expect(seen).toContain('sudo -A')
    expect(seen).not.toContain('canary of deploy')
    expect(JSON.stringify([options.events, result])).not.toContain('canary of deploy')
  })
})

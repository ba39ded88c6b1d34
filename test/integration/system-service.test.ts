import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deploy, type Host, maintenance, SystemService, WebServer } from 'dye-deploy'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { carers, REPOSITORY, sshHost } from '../support/carers.js'
import { needsTestServer } from '../support/needs.js'
import { ProjectRepository } from '../support/project-repository.js'
import { TestServer } from '../support/test-server.js'

needsTestServer('services', () => {
  describe.each([{ systemd: true }, { systemd: false }])('of a server, systemd: $systemd', ({ systemd }) => {
    let server: TestServer
    let host: Host
    const { service } = WebServer.apache('apache/production.conf')
    const workers = async () => (await server.exec('pgrep -x apache2 | sort', { reject: false })).stdout
    const master = async () => (await server.exec('pgrep -o -x apache2', { reject: false })).stdout

    beforeAll(async () => {
      server = await TestServer.start({ with: ['apache2'], systemd })
      host = sshHost(server)
      await service.start(host)
    })

    afterAll(async () => {
      await host?.close()
      await server?.stop()
    })

    it('are started, stopped and asked how they are', async () => {
      expect(await service.status(host)).toBe('running')
      await service.stop(host)
      expect(await service.status(host)).toBe('stopped')
      expect(await workers()).toBe('')
      await service.start(host)
      await service.start(host)
      expect(await service.status(host)).toBe('running')
    })

    it('are restarted, or read their configuration again', async () => {
      const first = await master()
      await service.reload(host)
      expect(await master()).toBe(first)
      await service.restart(host)
      expect(await master()).not.toBe(first)
    })

    it('are left alone with a configuration that they refuse, which is told with file and line', async () => {
      await service.test(host)
      await server.writeFile('/etc/apache2/sites-enabled/broken.conf', '\nNonsense on\n')
      const running = await master()
      for (const act of [service.test, service.reload, service.restart]) {
        await expect(act.call(service, host)).rejects.toMatchObject({
          code: 'BAD_CONFIGURATION',
          message: expect.stringContaining(
            'Syntax error on line 2 of /etc/apache2/sites-enabled/broken.conf',
          ),
        })
      }
      expect(await master()).toBe(running)
      await server.exec('rm /etc/apache2/sites-enabled/broken.conf')
    })

    it('say what went wrong when they do not come up', async () => {
      await service.stop(host)
      await server.exec(
        `python3 -m http.server 80 >/dev/null 2>&1 & for i in $(seq 50); do curl -so /dev/null http://127.0.0.1/ && break; sleep 0.1; done`,
      )
      await expect(service.start(host)).rejects.toMatchObject({
        code: 'SERVICE_FAILED',
        message: expect.stringContaining(systemd ? 'Address already in use' : 'start the service apache2'),
      })
      expect(await service.status(host)).toBe(systemd ? 'failed' : 'stopped')
      await server.exec("pkill -f '[h]ttp.server'")
      await service.start(host)
    })

    it('may be absent, or have another name elsewhere', async () => {
      const absent = SystemService.named('no-such-service')
      expect(await absent.status(host)).toBe('absent')
      await expect(absent.start(host)).rejects.toMatchObject({ code: 'SERVICE_ABSENT' })
      expect(await SystemService.named('httpd', 'apache2').status(host)).toBe('running')
      expect(() => SystemService.named('a; reboot')).toThrow('"a; reboot" is not the name of a service')
    })

    it('need nobody but root to be asked about', async () => {
      const stranger = sshHost(server, 'ops')
      expect(await service.status(stranger)).toBe('running')
      await expect(service.stop(stranger)).rejects.toMatchObject({ name: 'SudoError' })
      expect(await service.status(stranger)).toBe('running')
      await stranger.close()
    })
  })

  it('of a site show its maintenance page by hand', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'dye-maintenance-'))
    await using server = await TestServer.start({ with: ['apache2', 'mariadb'] })
    const repository = await ProjectRepository.create(join(directory, 'project'))
    await repository.pushTo(server, REPOSITORY)
    const options = carers(sshHost(server), 'v1')
    const status = async () =>
      (await server.exec(`curl -so /dev/null -w '%{http_code}' -H 'Host: carers.test' http://127.0.0.1/`))
        .stdout
    expect((await deploy(options)).error).toBeUndefined()
    expect(await status()).toBe('200')
    expect(await maintenance(options, 'on')).toEqual([undefined])
    expect(await status()).toBe('503')
    const [downtime] = await maintenance(options, 'off')
    expect(downtime?.milliseconds).toBeGreaterThan(0)
    expect(await status()).toBe('200')
    expect(await maintenance(options, 'off')).toEqual([undefined])
    await maintenance(options, 'on')
    expect((await deploy(options)).error).toBeUndefined()
    expect(await status()).toBe('200')
    await rm(directory, { recursive: true })
  })
})

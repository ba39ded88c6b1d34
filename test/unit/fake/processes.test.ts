import { describe, expect, it } from 'vitest'
import { ask, change } from '../../../src/command/command.js'
import { AppServer } from '../../../src/service/app-server.js'
import type { Process, ProcessPlace } from '../../../src/service/process.js'
import { Worker } from '../../../src/service/worker.js'
import { FakeHost } from '../../../src/testing.js'

const SOCKET = '/run/carers/gunicorn.sock'

/** A server with two releases, neither of which has any processes. */
function server(): FakeHost {
  const files = ['one', 'two'].flatMap(name =>
    ['app.py', 'manage.py'].map(file => [`/srv/${name}/${file}`, 'application = print\n'] as const),
  )
  return FakeHost.server({ files: Object.fromEntries(files) })
}

const placeOf = (release: string): ProcessPlace => ({
  ...{ project: 'carers', release, directory: `/srv/${release}`, path: `/srv/${release}` },
  ...{ state: '/srv/.dye', python: undefined, user: ask`echo www-data` },
})

async function bring(host: FakeHost, process: Process, release: string): Promise<void> {
  if (process.start) await host.perform(process.start(placeOf(release)))
  await host.perform(process.serve(placeOf(release)))
  await host.runAll([process.retire(placeOf(release))])
}

const listening = async (host: FakeHost) => {
  const { stdout } =
    await host.ask`curl -s -o /dev/null -w '%{http_code}' --unix-socket ${SOCKET} http://x/ || :`
  return stdout
}

async function running(host: FakeHost): Promise<readonly string[]> {
  const { lines } = await host.ask`cd /etc/systemd/system && for each in *.service; do
    systemctl is-active --quiet "$each" && echo "\${each%-*}" $(systemctl is-enabled --quiet "$each" && echo enabled); done; :`
  return lines
}

describe('processes on a server in memory', () => {
  const gunicorn = AppServer.gunicorn('app:application', { env: { A: '1 $2 "3" \\ %' } })

  it('are started beside the old ones, which end when the link has been switched', async () => {
    const host = server()
    expect(await listening(host)).toBe('000')
    await bring(host, gunicorn, 'one')
    expect(await listening(host)).toBe('200')
    await host.perform(gunicorn.start(placeOf('two')))
    expect(await running(host)).toEqual(['carers-gunicorn@one enabled', 'carers-gunicorn@two'])
    await bring(host, gunicorn, 'two')
    expect(await running(host)).toEqual(['carers-gunicorn@two enabled'])
    const target = (await host.files.stat(SOCKET))?.target
    expect(target).toMatch(/^gunicorn-two-[0-9a-f]{8}\.sock$/)
    expect(await host.files.stat(`/run/carers/${target}`)).toMatchObject({ owner: 'www-data', type: 'other' })
    await host.runAll([gunicorn.remove(placeOf('two')), gunicorn.retire(placeOf('two'))])
    expect([await running(host), await listening(host)]).toEqual([[], '000'])
  })

  it.each([
    ["raise ImportError('no such driver')\n", 'ImportError: no such driver'],
    [undefined, "ModuleNotFoundError: No module named 'app'"],
  ])('do not come up when their application does not: %j', async (text, said) => {
    const host = server()
    await bring(host, gunicorn, 'one')
    if (text === undefined) await host.asRoot().files.remove('/srv/two/app.py')
    else await host.asRoot().files.write('/srv/two/app.py', text)
    await expect(host.perform(gunicorn.start(placeOf('two')))).rejects.toThrow(said)
    expect(await running(host)).toEqual(['carers-gunicorn@one enabled'])
    expect(await host.files.list('/etc/systemd/system')).toHaveLength(2)
  })

  it.each([
    Worker.celery('carers'),
    Worker.celeryBeat('carers'),
    Worker.manage('qcluster'),
    AppServer.uvicorn('app:application'),
  ])('may also be: $title', async process => {
    const host = server()
    for (const release of ['one', 'two']) {
      await bring(host, process, release)
      expect(await running(host)).toEqual([`carers-${process.title}@${release} enabled`])
    }
  })

  it('are not done by halves', async () => {
    const host = server()
    const started = host.run`cd /srv/one && python3 -m gunicorn --bind unix:/tmp/x app:application`
    await expect(started).rejects.toThrow('as a service only')
    await expect(bring(host, AppServer.daphne('app:application'), 'one')).rejects.toThrow('"&" in a script')
    const unit = '[Service]\nType=forking\nExecStart=/usr/bin/true\n'
    await host.asRoot().files.write('/etc/systemd/system/odd.service', unit)
    await expect(host.asRoot().run`systemctl start odd`).rejects.toThrow('what Type= means')
    await expect(host.runAll([change`systemctl start none`])).rejects.toThrow('Unit none not found')
  })

  it('answer for a site, by nginx or Apache; others by their sockets', async () => {
    const nginx = 'server { server_name a.test; location / { proxy_pass http://unix:/run/a.sock; } }'
    const apache = 'ServerName b.test\nProxyPass "/" "unix:/run/b.sock|http://localhost/"\n'
    const wsgi = 'ServerName c.test\nWSGIScriptAlias / "/srv/c.py"\n'
    const host = FakeHost.server({
      files: {
        '/etc/nginx/sites-enabled/a.conf': nginx,
        '/etc/apache2/sites-enabled/b.conf': apache,
        '/etc/apache2/sites-enabled/c.conf': wsgi,
        '/run/a.sock': { socket: true },
      },
    })
    const status = async (name: string) =>
      (await host.ask`curl -s -o /dev/null -w '%{http_code}' ${`http://${name}.test/`}`).stdout
    expect([await status('a'), await status('b'), await status('c')]).toEqual(['200', '502', '404'])
    await host.asRoot().files.write('/srv/c.py', 'application = print\n')
    expect(await status('c')).toBe('200')
    await host.asRoot().files.write('/srv/c.py', 'raise RuntimeError()\n')
    expect(await status('c')).toBe('500')
  })
})

import { describe, expect, it } from 'vitest'
import { raw } from '../../../src/command/command.js'
import { deploy } from '../../../src/deploy/deploy.js'
import { OptionError } from '../../../src/errors/option-error.js'
import { SudoError } from '../../../src/errors/sudo-error.js'
import { SystemService } from '../../../src/service/system-service.js'
import { git } from '../../../src/source/git.js'
import { FakeClock, FakeHost, FakeRepository } from '../../../src/testing.js'

describe('a server in memory', () => {
  it('has the files, users and programs that it was given', async () => {
    const host = FakeHost.server({
      name: 'web1',
      user: 'ann',
      users: { ann: { groups: ['staff'] }, bob: { sudo: true } },
      files: {
        '/etc/motd': 'welcome: ü\n',
        '/srv/app/secret': { content: 'x', mode: 0o600, owner: 'bob' },
        '/srv/current': { link: 'app' },
      },
      programs: {
        greet: ({ args, stdin, user, cwd }) => ({
          stdout: `${[...args, stdin.trim(), user, cwd].join('|')}\n`,
          exitCode: 4,
        }),
      },
    })
    expect(await host.files.readText('/etc/motd')).toBe('welcome: ü\n')
    expect(await host.files.stat('/srv/current')).toMatchObject({
      type: 'link',
      target: 'app',
      owner: 'root',
    })
    await expect(host.files.read('/srv/current/secret')).rejects.toMatchObject({ code: 'FILE_DENIED' })
    const { stdout } = await host.ask`echo hé | greet ${'a b'} 'ç' || echo "$?"; id -Gn`
    expect(stdout).toBe('a b|ç|hé|ann|/home/ann\n4\nann staff')
    expect(host.name).toBe('web1')
    expect(host.tree('/srv')).toEqual(['app/', 'app/secret', 'current -> app'])
    expect(host.tree('/', 1)).toEqual(expect.arrayContaining(['srv/', 'tmp/']))
  })

  it('refuses sudo to those who may not use it, in sudo’s own words', async () => {
    const host = FakeHost.server({ user: 'ann', users: { ann: {} } })
    await expect(host.asRoot().run`true`).rejects.toBeInstanceOf(SudoError)
    await expect(host.run`touch /etc/x`).rejects.toThrow('Permission denied')
  })

  it('does what the files of a host can do', async () => {
    const { files } = FakeHost.server()
    await files.write('/tmp/a', 'one', { mode: 0o640 })
    await files.write('/tmp/a', Buffer.from([0, 255, 10]))
    expect([...(await files.read('/tmp/a'))]).toEqual([0, 255, 10])
    expect((await files.stat('/tmp/a'))?.mode).toBe(0o640)
    expect(await files.makeDirectory('/tmp/d/e')).toBe(true)
    await files.link('a', '/tmp/d/l')
    expect(await files.list('/tmp/d')).toEqual(['e', 'l'])
    expect(await files.remove('/tmp/d', { recursive: true })).toBe(true)
    expect(await files.withTemporaryDirectory(async path => files.exists(path))).toBe(true)
    await expect(files.read('/none')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  })

  it('names a program that it does not know, and lets an answer come before', async () => {
    const host = FakeHost.server()
    await expect(host.run`echo a && reboot`).rejects.toMatchObject({ code: 'UNEXPECTED_COMMAND' })
    await expect(host.run`reboot`).rejects.toThrow('the program reboot on fake')
    await expect(host.run`python3 manage.py clearsessions`).rejects.toThrow('manage.py clearsessions')
    host.answer(/^reboot/, 'going down').answer(/manage\.py clearsessions$/, '')
    expect((await host.run`reboot`).stdout).toBe('going down')
    expect((await host.run`python3 manage.py clearsessions`).exitCode).toBe(0)
    expect(host.transcript.at(-1)).toBe('python3 manage.py clearsessions')
  })

  it.each([
    ['ls -Z /', 'the option -Z of ls'],
    ['rm --one-file-system x', 'the option --one-file-system of rm'],
    ['git gc', 'git in memory does not know gc'],
    ['find / -newer x', 'find in memory does not know -newer'],
    ['sed y/a/b/', 'sed in memory does not know y'],
    [`awk 'BEGIN { system("x") }'`, 'it has no function system'],
    ['stat -c %z /', '%z by stat'],
    ['date +%A', '%A by date'],
    ['printf %g 1', '%g by printf'],
    ['systemctl mask x', 'systemctl mask'],
    ['runuser deploy', 'runuser in memory'],
    ['set -o pipefail', 'run set -o pipefail'],
    ['[[ a = a ]]', '"TestCommand" in a script'],
    ['echo {a,b}', '"{a,b}" in a script'],
    ['sleep 1 &', '"&" in a script'],
    ["cat <<<'a'", 'in a script'],
    ['x=(a b)', '"x=(a b)" in a script'],
    ['echo $((x = 1))', '"ArithmeticBinary" in a script'],
    ['x+=1', '"x+=1" in a script'],
  ])('does nothing by halves: %s', async (text, named) => {
    const running = FakeHost.server().ask`${raw(text)}`
    await expect(running).rejects.toMatchObject({ code: 'UNEXPECTED_COMMAND' })
    await expect(running).rejects.toThrow(named)
  })

  it('has not what was not installed', async () => {
    const host = FakeHost.server({ packages: ['sudo'] })
    const { stdout, stderr } = await host.ask`command -v git || echo none; git status || echo "$?"`
    expect([stdout, stderr]).toEqual(['none\n127', 'sh: 1: git: not found'])
  })

  it('has services, and a clock that goes on while programs wait', async () => {
    const clock = new FakeClock(new Date('2026-01-02T03:04:05Z'))
    const host = FakeHost.server({ clock, packages: ['nginx', 'sudo'] })
    const nginx = SystemService.named('nginx')
    await nginx.stop(host)
    expect(await nginx.status(host)).toBe('stopped')
    await nginx.restart(host)
    expect(await nginx.status(host)).toBe('running')
    expect(await SystemService.named('celery').status(host)).toBe('absent')
    const { stdout } = await host.ask`date -u +%H:%M; sleep 3600; date -u +%H:%M`
    expect(stdout).toBe('03:04\n04:04')
    host.clock.advance(86_400_000)
    expect((await host.ask`date -u +%d`).stdout).toBe('03')
    await host.run`logger -t site -- it happened`
    expect(host.log).toEqual(['it happened'])
  })

  it('keeps secrets out of what its commands print', async () => {
    const { Secret } = await import('../../../src/command/secret.js')
    const { stdout } = await FakeHost.server().run`echo ${Secret.of('hunter22')}`
    expect(stdout).toBe('[secret]')
  })

  it('fetches what a repository has by then', async () => {
    const url = 'https://git.example.org/site.git'
    const first = FakeRepository.of({ 'index.html': 'one' })
    const host = FakeHost.server({ repositories: { [url]: first } })
    const options = {
      project: 'site',
      environment: 'production',
      hosts: [host],
      source: git(url).branch('main'),
    }
    const questions = { branchMismatch: 'continue' } as const
    await deploy({ ...options, questions })
    host.repository(url, first.commit({ files: { 'index.html': 'two' }, subject: 'Two' }))
    const result = await deploy({ ...options, questions })
    expect(result.commits.map(({ subject }) => subject)).toEqual(['Two'])
    expect(await host.files.readText('/var/django/site/dev/index.html')).toBe('two')
    const unknown = await deploy({ ...options, source: git('https://git.example.org/none.git').tag('v1') })
    expect(unknown.error).toMatchObject({ name: 'SourceError' })
  })

  it('is needed for what only a server has', () => {
    const host = new FakeHost()
    for (const act of [() => host.fillDisk(), () => host.clock, () => host.tree('/'), () => host.log]) {
      expect(act).toThrow(OptionError)
    }
    expect(() => FakeHost.server({ user: 'nobody-known' })).toThrow(OptionError)
    expect(() => FakeHost.server({ files: { relative: '' } })).toThrow(OptionError)
  })
})

describe('faults', () => {
  it('strike a host with prepared answers, too', async () => {
    const host = new FakeHost().answer(/./, 'fine')
    host.failAt({ pattern: /^b/, nth: 2, exitCode: 7, stderr: 'broken' })
    await host.run`b 1`
    await expect(host.run`b 2`).rejects.toMatchObject({ exitCode: 7, stderr: 'broken' })
    expect((await host.run`b 3`).stdout).toBe('fine')
    host.dropAt({ pattern: 'c' })
    await expect(host.run`c`).rejects.toMatchObject({ code: 'CONNECTION_LOST', mayHaveRun: true })
    expect((await host.run`c`).stdout).toBe('fine')
  })

  it('slow commands run into limits, and can be cancelled', async () => {
    const host = new FakeHost().answer(/./, '').slow(60_000, { pattern: /^slow/ })
    await host.run`quick`
    await expect(host.limitedBy({ timeout: 10 }).run`slow`).rejects.toMatchObject({ code: 'TIMED_OUT' })
    const stop = new AbortController()
    const running = host.limitedBy({ signal: stop.signal }).run`slow again`
    setTimeout(() => stop.abort(), 5)
    await expect(running).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  it('a lost connection runs the guard, and lets locks go', async () => {
    const host = FakeHost.server()
    const { change } = await import('../../../src/command/command.js')
    const session = host.ownSession()
    await session.runAll([change`exec 9>/tmp/lock && flock -n 9`.inSession()])
    await expect(host.ask`flock -n /tmp/lock true`).rejects.toMatchObject({ exitCode: 1 })
    await session.guardWith([change`echo guarded >/tmp/said`])
    host.dropAt({ pattern: 'work' })
    host.answer('work', '')
    await expect(session.run`work`).rejects.toMatchObject({ code: 'CONNECTION_LOST' })
    expect(await host.files.readText('/tmp/said')).toBe('guarded\n')
    expect((await host.ask`flock -n /tmp/lock echo free`).stdout).toBe('free')
  })
})

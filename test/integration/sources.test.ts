import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  cvs,
  Deployment,
  type DeployOptions,
  directory,
  git,
  type Host,
  Release,
  rollback,
  Secret,
  type Source,
  subversion,
} from 'dye-deploy'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { sshHost } from '../support/carers.js'
import { needsTestServer } from '../support/needs.js'
import { TestServer } from '../support/test-server.js'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 })

const PASSWORD = 'canary-Pa55:w@rd'

/**
 * Three repositories with the same two versions, in /srv of a server: `git`, `svn` and `cvs`; and a pserver, an
 * svnserve and a key that lets in by ssh to them.
 */
const REPOSITORIES = `
set -e
export HOME=/root GIT_CONFIG_GLOBAL=/dev/null CVSROOT=/srv/cvs LC_ALL=C.UTF-8
identity='-c user.name=Ann -c user.email=ann@example.org'
first() { mkdir -p legacy; echo 'version 1' >page; echo old >legacy/module.py; }
second() { echo 'version 2' >page; }
mkdir -p /srv/work
cd /srv/work && mkdir git && cd git && git init --quiet --initial-branch=main && first && git add . && git $identity commit --quiet -m 'Version 1' && git tag v1
second && git rm --quiet -r legacy && git add . && git $identity commit --quiet -m 'Version 2'
git clone --quiet --bare . /srv/git && git clone --quiet --bare . /srv/mine && chown -R deploy: /srv/mine
cd /srv/work && svnadmin create /srv/svn && svn mkdir --quiet -m start file:///srv/svn/trunk file:///srv/svn/tags file:///srv/svn/branches
svn checkout --quiet file:///srv/svn/trunk svn && cd svn && first && svn add --quiet page legacy && svn commit --quiet -m 'Version 1' && svn copy --quiet -m tag file:///srv/svn/trunk file:///srv/svn/tags/v1
svn update --quiet && second && svn rm --quiet legacy && svn commit --quiet -m 'Version 2'
mkdir /srv/cvs && cvs -fQ init && mkdir /srv/cvs/carers && cd /srv/work && cvs -fQ checkout -d cvs carers && cd cvs && first && cvs -fQ add page legacy && cvs -fQ add legacy/module.py
cvs -fQ commit -m 'Version 1' && cvs -fQ tag v1 && second && cvs -fQ remove -f legacy/module.py && cvs -fQ commit -m 'Version 2'
useradd -m keeper && mkdir -p ~keeper/.ssh && ssh-keygen -q -t ed25519 -N '' -f /srv/key && cp /srv/key.pub ~keeper/.ssh/authorized_keys
chown -R keeper: /srv/git /srv/svn /srv/cvs ~keeper
chmod -R a+rX /srv/git /srv/svn && chmod -R a+rwX /srv/cvs
printf 'ann:%s:keeper\\n' "$(printf '%s' '${PASSWORD}' | openssl passwd -1 -stdin)" >/srv/cvs/CVSROOT/passwd
printf '[general]\\nanon-access = none\\nauth-access = read\\npassword-db = passwd\\n' >/srv/svn/conf/svnserve.conf
printf '[users]\\nann = ${PASSWORD}\\n' >/srv/svn/conf/passwd
cat >/srv/pserver.py <<'END'
import socketserver, subprocess
class Connection(socketserver.BaseRequestHandler):
    def handle(self):
        subprocess.run(['cvs', '-f', '--allow-root=/srv/cvs', 'pserver'], stdin=self.request, stdout=self.request)
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
Server(('127.0.0.1', 2401), Connection).serve_forever()
END
setsid python3 /srv/pserver.py >/dev/null 2>&1 </dev/null &
setsid svnserve --daemon --listen-host 127.0.0.1 --root /srv/svn >/dev/null 2>&1 </dev/null
su deploy -c 'mkdir -p ~/.ssh && ssh-keyscan 127.0.0.1 >~/.ssh/known_hosts 2>/dev/null'
install -o deploy -m 600 /srv/key ~deploy/.ssh/id_ed25519
ssh-keyscan -t ed25519 127.0.0.1 2>/dev/null >/srv/host-key
`

needsTestServer('the sources', () => {
  let server: TestServer
  let host: Host
  let local: string
  let key: Secret
  let hostKey: string

  beforeAll(async () => {
    server = await TestServer.start({ systemd: false })
    host = sshHost(server)
    await server.exec('bash -s', { input: REPOSITORIES })
    key = Secret.of((await server.exec('cat /srv/key')).stdout)
    hostKey = (await server.exec('cat /srv/host-key')).stdout
    local = await mkdtemp(join(tmpdir(), 'dye-sources-'))
  })

  afterAll(async () => {
    await host?.close()
    await server?.stop()
    await rm(local, { recursive: true, force: true })
  })

  /** What is on this machine, in a version. */
  const onThisMachine = async (version: 1 | 2) => {
    await rm(join(local, 'project'), { recursive: true, force: true })
    await mkdir(join(local, 'project/legacy'), { recursive: true })
    await writeFile(join(local, 'project/page'), `version ${version}\n`)
    if (version === 1) await writeFile(join(local, 'project/legacy/module.py'), 'old\n')
    return directory(join(local, 'project'))
  }

  describe.each<[string, (version: 1 | 2) => Source | Promise<Source>, string]>([
    ['git, a path', v => (v === 1 ? git('/srv/mine').tag('v1') : git('/srv/mine')), ' M page'],
    [
      'git, by ssh with a deploy key',
      v => {
        const source = git('ssh://keeper@127.0.0.1/srv/git').deployKey(key).knownHosts(hostKey)
        return v === 1 ? source.tag('v1') : source
      },
      ' M page',
    ],
    [
      'Subversion, a path',
      v => (v === 1 ? subversion('file:///srv/svn').tag('v1') : subversion('file:///srv/svn')),
      'M       page',
    ],
    [
      'Subversion, by ssh',
      v =>
        v === 1
          ? subversion('svn+ssh://keeper@127.0.0.1/srv/svn').tag('v1')
          : subversion('svn+ssh://keeper@127.0.0.1/srv/svn'),
      'M       page',
    ],
    [
      'Subversion, a server with a password',
      v => {
        const source = subversion('svn://127.0.0.1').login('ann', Secret.of(PASSWORD))
        return v === 1 ? source.tag('v1') : source
      },
      'M       page',
    ],
    [
      'CVS, a path',
      v => (v === 1 ? cvs('/srv/cvs', 'carers').tag('v1') : cvs('/srv/cvs', 'carers')),
      'M page',
    ],
    [
      'CVS, by ssh',
      v =>
        v === 1
          ? cvs(':ext:keeper@127.0.0.1:/srv/cvs', 'carers').tag('v1')
          : cvs(':ext:keeper@127.0.0.1:/srv/cvs', 'carers'),
      'M page',
    ],
    [
      'CVS, a pserver with a password',
      v => {
        const source = cvs(':pserver:ann@127.0.0.1:/srv/cvs', 'carers').login(Secret.of(PASSWORD))
        return v === 1 ? source.tag('v1') : source
      },
      'M page',
    ],
    ['a directory of this machine', onThisMachine, 'M page'],
  ])('%s', (title, sourceOf, changed) => {
    const project = `p${title.replace(/\W+/g, '-').toLowerCase()}`.slice(0, 30)
    const options = async (version: 1 | 2, more: Partial<DeployOptions> = {}): Promise<DeployOptions> => ({
      project,
      environment: 'staging',
      hosts: [host],
      source: await sourceOf(version),
      release: Release.under('/var/django'),
      questions: { branchMismatch: 'continue' },
      directory: '/',
      ...more,
    })
    const deployed = async (version: 1 | 2, more: Partial<DeployOptions> = {}) => {
      const result = await new Deployment(await options(version, more)).skip('link-cron').run()
      return result
    }
    const live = async () =>
      (
        await server.exec(`cd /var/django/${project}/dev && cat page && ls legacy/module.py 2>/dev/null`, {
          reject: false,
        })
      ).stdout

    it('is deployed, brought up to date, and gone back from', async () => {
      const first = await deployed(1)
      expect(first.error).toBeUndefined()
      expect(await live()).toBe('version 1\nlegacy/module.py')
      const second = await deployed(2)
      expect(second.error).toBeUndefined()
      expect(await live()).toBe('version 2')
      expect(second.revision).not.toBe(first.revision)
      expect(second.warnings).toEqual([])
      await server.exec(`echo 'by hand' >>/var/django/${project}/dev/page`)
      const stopped = await deployed(2)
      expect(stopped.error).toMatchObject({ question: 'liveChanges' })
      expect(stopped.error?.message).toContain(changed)
      const back = await rollback(await options(1))
      expect(back.error).toBeUndefined()
      expect(back.revision).toBe(first.revision)
      expect(await live()).toBe('version 1\nlegacy/module.py')
      const third = await deployed(2, { questions: { liveChanges: 'continue' } })
      expect(third.error).toBeUndefined()
      expect(await live()).toBe('version 2')
    })

    it('has left no password and no key on the server', async () => {
      const { stdout } = await server.exec(
        `grep -rlsF -e '${PASSWORD}' -e 'Ahy0y,aD:yQQp' -e "$(sed -n 2p /srv/key)" /var/django /home/deploy /root /tmp /dev/shm | grep -v /home/deploy/.ssh/id_ed25519`,
        { reject: false },
      )
      expect(stdout).toBe('')
    })
  })
})

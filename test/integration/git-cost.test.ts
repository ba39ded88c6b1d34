import { readFile } from 'node:fs/promises'
import { Deployment, git, type Host, Release, Secret } from 'dye-deploy'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { sshHost } from '../support/carers.js'
import { needsTestServer } from '../support/needs.js'
import { TestServer } from '../support/test-server.js'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const FILES = 10_000

/** A repository with many files that cannot be compressed, and afterwards one changed. */
const REPOSITORY = `
set -e
export HOME=/home/deploy
mkdir -p /srv/work && cd /srv/work && git init --quiet --initial-branch=main
python3 -c "
import os, random
random.seed(1)
for number in range(${FILES}):
    os.makedirs('d%d' % (number % 100), exist_ok=True)
    with open('d%d/f%d' % (number % 100, number), 'wb') as file:
        file.write(random.randbytes(random.randrange(200, 4000)))
"
git add . && git -c user.name=Ann -c user.email=ann@example.org commit --quiet -m one
git clone --quiet --bare . /srv/git && chown -R deploy: /srv/work /srv/git
`
const CHANGE = `cd /srv/work && echo changed >>d1/f1 && git -c safe.directory=/srv/work -c user.name=Ann -c user.email=ann@example.org commit --quiet -a -m two &&
  git -c safe.directory='*' push --quiet /srv/git main && chown -R deploy: /srv/work /srv/git`

needsTestServer('a second release out of a large repository', () => {
  let origin: TestServer
  let server: TestServer
  let host: Host

  /** Bytes that the repository's server has sent so far, which talks to nobody else. */
  const sent = async () =>
    Number((await origin.exec('awk \'/eth0|host0/ { sub(/.*:/, ""); print $9 }\' /proc/net/dev')).stdout)
  const entries = async () => Number((await server.exec('find /var/django /srv | wc -l')).stdout)

  /** What an action costs: bytes from the repository, and files made. */
  const costOf = async (action: () => Promise<unknown>) => {
    const before = { bytes: await sent(), files: await entries() }
    await action()
    return { bytes: (await sent()) - before.bytes, files: (await entries()) - before.files }
  }

  beforeAll(async () => {
    ;[origin, server] = await Promise.all([
      TestServer.start({ systemd: false }),
      TestServer.start({ systemd: false }),
    ])
    host = sshHost(server)
    await origin.exec('bash -s', { input: `git config --system --add safe.directory '*'\n${REPOSITORY}` })
    await server.exec('mkdir -p /srv && chown deploy: /srv')
    await server.writeFile('/home/deploy/key', await readFile(origin.identityFile), {
      owner: 'deploy',
      mode: '600',
    })
    await server.writeFile('/home/deploy/known_hosts', await readFile(origin.knownHosts), { owner: 'deploy' })
  })

  afterAll(async () => {
    await host?.close()
    await Promise.all([origin?.stop(), server?.stop()])
  })

  it('costs what git fetch and a checkout cost', async () => {
    const url = `ssh://deploy@${origin.address}/srv/git`
    const source = git(url)
      .deployKey(Secret.of(await readFile(origin.identityFile, 'utf8')))
      .knownHosts(await readFile(origin.knownHosts, 'utf8'))
    const deployed = () =>
      new Deployment({
        ...{ project: 'large', environment: 'staging', hosts: [host], source, directory: '/' },
        release: Release.under('/var/django'),
      })
        .skip('link-cron')
        .run()
    const first = await deployed()
    expect(first.error).toBeUndefined()
    const asDeploy = (script: string) =>
      server.exec(
        `su deploy -c 'GIT_SSH_COMMAND="ssh -i ~/key -o UserKnownHostsFile=~/known_hosts" sh -ec "${script}"'`,
      )
    await asDeploy(`git clone --quiet --mirror ${url} /srv/mirror`)
    await origin.exec(CHANGE)

    const byHand = await costOf(() =>
      asDeploy(
        'git --git-dir=/srv/mirror fetch --quiet && mkdir /srv/release && git --git-dir=/srv/mirror --work-tree=/srv/release checkout --quiet -f main',
      ),
    )
    let result: typeof first | undefined
    const ours = await costOf(async () => {
      result = await deployed()
    })
    expect(result?.error).toBeUndefined()
    expect(result?.commits.map(({ subject }) => subject)).toEqual(['two'])
    console.log(
      `by hand ${byHand.bytes} bytes, ${byHand.files} files; a deploy ${ours.bytes} bytes, ${ours.files} files`,
    )
    expect(byHand.files).toBeGreaterThan(FILES)
    expect(byHand.bytes).toBeLessThan(50_000)
    expect(ours.bytes).toBeLessThan(byHand.bytes * 1.2)
    expect(ours.files).toBeLessThan(byHand.files + 50)
  })
})

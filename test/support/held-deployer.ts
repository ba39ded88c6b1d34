/**
 * A deployer that waits right before its switch until it reads a line from standard input, then goes on, and says how it
 * ended: a program of its own. Arguments: address, private key, known_hosts, repository, tag.
 */
import { once } from 'node:events'
import { Deployment, git, Host, Release } from 'dye-deploy'

const [address, identityFile = '', knownHosts = '', repository = '', tag = ''] = process.argv.slice(2)
const host = Host.ssh(`deploy@${address}`, { identityFile, knownHosts, keepalive: 1_000 })
const { outcome, error, warnings } = await new Deployment({
  project: 'plain',
  environment: 'production',
  hosts: [host],
  source: git(repository).tag(tag),
  release: Release.under('/var/django').keep(100).share('uploads'),
  hooks: {
    before: {
      async 'switch-release'() {
        console.log('it waits')
        await once(process.stdin, 'data')
      },
    },
  },
})
  .skip('link-cron')
  .run()
console.log(JSON.stringify({ outcome, code: error && 'code' in error ? error.code : undefined, warnings }))
process.exit()

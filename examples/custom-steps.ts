// The same deploy, changed step by step: each method returns a changed copy, and nothing runs before run().
import { Deployment, terminal } from 'dye-deploy'
import { options } from './options.js'

const deployment = new Deployment({
  ...options,
  downtime: 'auto', // off only while a migration runs; or 'always', or 'never'
  questions: {
    diskAlmostFull: 'continue',
    // files that somebody changed by hand on the server: a function may decide
    liveChanges: ({ changes }) => (changes.every(change => change.endsWith('.log')) ? 'continue' : 'abort'),
  },
  hooks: {
    onFailure: ({ error, host }) => console.error(`going back on ${host.name}: ${error.message}`),
  },
  onEvent: terminal(),
})
  // a hook gets the host, within the lock of the deploy and on its connection
  .before('switch-release', async ({ host, release }) => {
    await host.within(release.path).run`django/website/.ve/bin/python -m compileall -q django`
  })
  // what a hook throws fails the deploy: here nothing has been touched yet
  .after('fetch-source', ({ release }) => {
    if (release.revision.startsWith('bad')) throw new Error(`${release.revision} is not to be deployed`)
  })
  // a step can be yours altogether; a value in the template is one quoted word
  .replace('collect-assets', async ({ host, release }) => {
    await host.within(release.path).run`npm ci && npm run build -- --outDir ${`${release.path}/static`}`
  })
  // or be left out: this site has no cron files
  .skip('link-cron')

const { exitCode } = await deployment.run()
process.exitCode = exitCode

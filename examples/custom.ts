// custom.ts
import { Deployment, prompts, terminal } from 'dye-deploy'
import { options } from './options.js'

const result = await new Deployment({
  ...options,
  hooks: {
    async postDeploy({ host, release }) {
      await host.run`logger -t deploys ${`carers is at ${release.revision}`}`
    },
  },
  lock: { wait: '5m', message: 'with a warm start' },
  questions: { ...prompts(), liveChanges: ({ changes }) => (changes.length < 3 ? 'continue' : 'abort') },
  onEvent: terminal(),
})
  .before('switch-release', async ({ host, release }) => {
    await host.within(release.path).run`django/website/.ve/bin/python -m compileall -q django`
  })
  .skip('link-cron')
  .run()
console.log(result.outcome, result.revision, result.downtime?.milliseconds)

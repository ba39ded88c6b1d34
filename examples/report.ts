// report.ts
import { Deployment, interruptible, jsonLines, notify, Secret, terminal, timeline } from 'dye-deploy'
import { options } from './options.js'

const slack = Secret.of(process.env.SLACK_WEBHOOK ?? 'https://hooks.example.org/services/T0/B0/x')

// Ctrl-C takes everything back, and frees the lock; twice ends at once, and says what is left
const { events, result } = new Deployment(
  interruptible({
    ...options,
    onEvent: [
      terminal({ verbose: true }), // or { quiet: true }
      jsonLines('deploys.jsonl'),
      timeline('deploy.html'), // opens in any browser
      notify.slack(slack, { on: 'failure' }), // or .teams, .webhook
    ],
  }),
).start()

for await (const event of events) {
  if (event.type === 'step-ended' && event.record.durationMs > 60_000) console.log('slow:', event.record.step)
}
process.exitCode = (await result).exitCode // 0: the new release is live, 1: the old one is, 2: look at the server

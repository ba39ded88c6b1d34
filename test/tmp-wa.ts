import { deploy, git, Host, Release } from '../src/index.js'

const stop = new AbortController()
setTimeout(() => stop.abort(), 1500)
const host = Host.local()
const opt = (project: string, signal?: AbortSignal) =>
  deploy({
    project,
    environment: 'staging',
    hosts: [host],
    source: git('/tmp/wa/site').branch('main'),
    release: Release.under('/tmp/wa/home'),
    signal: signal as never,
    questions: { branchMismatch: 'continue' },
    onEvent: e =>
      console.log(
        project,
        e.type,
        'record' in e ? e.record.step + e.record.status : 'moment' in e ? e.moment : '',
      ),
    hooks: {
      before: {
        'switch-release': async ({ host: there }) => {
          await there.run`sleep ${signal ? 20 : 5}`
        },
      },
    },
  })
const t = performance.now()
const all = process.argv[2] === '2' ? [opt('a', stop.signal), opt('b')] : [opt('a', stop.signal)]
for (const r of await Promise.all(
  all.map(p => p.then(r => [r.outcome, r.error?.message, performance.now() - t])),
))
  console.log(r)

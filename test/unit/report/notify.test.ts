import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Secret } from '../../../src/command/secret.js'
import type { DeployListener } from '../../../src/deploy/events.js'
import { notify } from '../../../src/report/notify.js'
import { recordedRun } from '../../support/recorded-run.js'
import { localPlace } from '../../support/temporary.js'

describe('notifications', () => {
  const place = localPlace()
  let server: Server
  let origin: string
  let received: { readonly request: IncomingMessage; readonly body: string }[]

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      received.push({ request, body: `${Buffer.concat(chunks)}` })
      if (request.url === '/silent/t0ken') return
      if (request.url === '/moved/t0ken') response.writeHead(302, { location: `${origin}/t0ken` }).end()
      else response.writeHead(request.url === '/gone/t0ken' ? 410 : 200).end('ok')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  beforeEach(() => {
    received = []
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  const url = (path = '/t0ken') => Secret.of(`${origin}${path}`)
  const run = async (onEvent: DeployListener | readonly DeployListener[], fails = false) =>
    (await recordedRun(place.directory, { fails, more: { onEvent } })).result
  const bodies = () => received.map(({ body }) => JSON.parse(body))

  it('are what Slack takes: nothing in them is a mention or a link', async () => {
    const { release } = await run(notify.slack(url()))
    expect(received[0]?.request).toMatchObject({ method: 'POST', url: '/t0ken' })
    expect(received[0]?.request.headers['content-type']).toBe('application/json')
    const [{ text }] = bodies()
    expect(text.replace(/in [\d.]+ m?s/, 'in TIME').split('\n')).toEqual([
      ':white_check_mark: *deploy of carers (production): deployed*',
      `${release} (0123456789) on web1, in TIME; the site was off for 1.5 s`,
      '> ! mind &lt;this&gt;',
      '> 0000000000 &lt;b&gt;one&lt;/b&gt; (Ann)',
      '> 1111111111 two | three (Ann)',
    ])
  })

  it('are adaptive cards for Teams', async () => {
    await run(notify.teams(url()), true)
    const [{ type, attachments }] = bodies()
    expect(type).toBe('message')
    expect(attachments[0].contentType).toBe('application/vnd.microsoft.card.adaptive')
    const { type: card, version, body } = attachments[0].content
    expect([card, version]).toEqual(['AdaptiveCard', '1.4'])
    expect(body[0]).toMatchObject({
      ...{ type: 'TextBlock', wrap: true, color: 'attention' },
      text: 'deploy of carers (production): failed; the old release is live again',
    })
    expect(body.map(({ text }: { text: string }) => text).join('\n')).toMatch(
      /exit code 3\.\n! mind \\<this\\>\n/,
    )
  })

  it('are the whole result for programs', async () => {
    const result = await run(notify.webhook(url()))
    const [{ outcome, release, steps, downtime }] = bodies()
    expect({ outcome, release, steps }).toEqual({
      outcome: 'deployed',
      release: result.release,
      steps: result.steps,
    })
    expect(downtime.milliseconds).toBe(1500)
  })

  it.each([
    ['always', 2],
    ['failure', 1],
    ['success', 1],
    [['rolled-back', 'cancelled'], 1],
    [['cancelled'], 0],
  ] as const)('are sent for %j: %i of a good and a bad deploy', async (on, count) => {
    for (const fails of [false, true]) await run(notify.webhook(url(), { on }), fails)
    expect(received).toHaveLength(count)
  })

  it.each([
    ['/gone/t0ken', 'it answered 410 Gone'],
    ['/silent/t0ken', 'no answer in 200 ms'],
    ['/moved/t0ken', 'it cannot be reached'],
  ])('that fail (%s) are a warning, in which the address does not stand', async (path, why) => {
    const heard: unknown[] = []
    const result = await run([notify.slack(url(path), { timeout: 200 }), event => heard.push(event)])
    expect(result.outcome).toBe('deployed')
    expect(result.warnings.join('\n')).toContain(`onEvent failed: Could not notify Slack: ${why}`)
    expect(received).toHaveLength(1) // a redirection is not followed
    expect(inspect([heard, result], { depth: 9 })).not.toContain('t0ken')
    expect(heard.at(-1)).toMatchObject({ type: 'warning' })
  })

  it('to nobody, or to what is no address, are a warning, too', async () => {
    const closed = notify.slack(Secret.of('http://127.0.0.1:1/t0ken'))
    const wrong = notify.teams(Secret.of('not an address: t0ken'))
    const { warnings } = await run([closed, wrong])
    expect(warnings.join('\n')).toMatch(/Could not notify Slack: it cannot be reached \(\w+\)/)
    expect(warnings.join('\n')).toMatch(/Could not notify Teams: it cannot be reached \(\w+\)/)
    expect(warnings.join('\n')).not.toContain('t0ken')
  })
})

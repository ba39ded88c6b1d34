import type { Secret } from '../command/secret.js'
import type { DeployListener } from '../deploy/events.js'
import type { DeployResult, Outcome } from '../deploy/result.js'
import { DyeError } from '../errors/dye-error.js'
import { NotificationError } from '../errors/notification-error.js'
import { logOf } from '../support/log.js'
import { jsonOf } from './plain-data.js'
import { commitLines, downtimeOf, duration, harmless, isGood, OUTCOME, releaseOf } from './wording.js'

const log = logOf('report')

/** When somebody is notified, and how long that may take. */
export interface NotifyOptions {
  /** `failure`: when the new release did not go live; or the outcomes themselves. @defaultValue `always` */
  readonly on?: 'always' | 'failure' | 'success' | readonly Outcome[]
  /** Milliseconds that the receiver may take. @defaultValue 10000 */
  readonly timeout?: number
}

/** What is told, for people. */
interface Message {
  readonly good: boolean
  readonly title: string
  readonly facts: string
  readonly lines: readonly string[]
}

function messageOf(result: DeployResult): Message {
  const { action, project, environment, outcome, durationMs, hosts, error, commits, warnings } = result
  const why = error && harmless(error instanceof DyeError ? error.shortMessage : error.message)
  return {
    good: isGood(outcome),
    title: `${action} of ${project} (${environment}): ${OUTCOME[outcome]}`,
    facts: `${releaseOf(result)} on ${hosts.map(({ host }) => host).join(', ')}, in ${duration(durationMs)}; the site was ${downtimeOf(result)}`,
    lines: [...(why ? [why] : []), ...warnings.map(text => `! ${harmless(text)}`), ...commitLines(commits)],
  }
}

/** Slack takes these three for its own: links, and mentions of people. */
function slackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** A message as incoming webhooks of Slack take it, and Mattermost. */
function slackBody({ good, title, facts, lines }: Message): object {
  const text = `${good ? ':white_check_mark:' : ':x:'} *${slackText(title)}*\n${slackText(facts)}`
  return { text: [text, ...lines.map(line => `> ${slackText(line).replaceAll('\n', '\n> ')}`)].join('\n') }
}

/** What Teams would take for Markdown. */
function teamsText(text: string): string {
  return text.replace(/[\\`*_[\]<>#]/g, sign => `\\${sign}`)
}

/** A message as workflows of Microsoft Teams take it: an adaptive card. */
function teamsBody({ good, title, facts, lines }: Message): object {
  const block = (text: string, more: object = {}) => ({
    type: 'TextBlock',
    text: teamsText(text),
    wrap: true,
    ...more,
  })
  const body = [
    block(title, { weight: 'bolder', size: 'medium', color: good ? 'good' : 'attention' }),
    block(facts),
    ...lines.map(line => block(line, { spacing: 'small', isSubtle: true })),
  ]
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body,
  }
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content }],
  }
}

function isWanted(outcome: Outcome, on: NonNullable<NotifyOptions['on']>): boolean {
  if (typeof on === 'object') return on.includes(outcome)
  return on === 'always' || isGood(outcome) === (on === 'success')
}

/** Sends it. The address stands in no error: who knows it can write there. */
async function post(what: string, url: Secret, body: object, timeout: number): Promise<void> {
  const fail = (why: string) => new NotificationError(what, why)
  const response = await fetch(url.reveal(), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': 'dye-deploy' },
    body: jsonOf(body),
    redirect: 'error',
    signal: AbortSignal.timeout(timeout),
  }).catch(error => {
    const { name, cause } = error as Error & { cause?: { code?: string } }
    throw fail(
      name === 'TimeoutError'
        ? `no answer in ${timeout} ms`
        : `it cannot be reached (${cause?.code ?? name})`,
    )
  })
  await response.body?.cancel()
  log('notified %s: %d', what, response.status)
  if (!response.ok) throw fail(`it answered ${response.status} ${harmless(response.statusText)}`.trim())
}

function notifier(what: string, url: Secret, bodyOf: (result: DeployResult) => object) {
  return ({ on = 'always', timeout = 10_000 }: NotifyOptions = {}): DeployListener =>
    event =>
      event.type === 'ended' && isWanted(event.result.outcome, on)
        ? post(what, url, bodyOf(event.result), timeout)
        : undefined
}

/**
 * Listeners that tell a chat, or a program of yours, how a deploy ended. The address is a secret: who has it can write
 * there. If it cannot be told, that is a warning.
 *
 * @example
 * ```ts
 * const url = Secret.of(process.env.SLACK_WEBHOOK ?? '')
 * await deploy({ ...options, onEvent: [terminal(), notify.slack(url, { on: 'failure' })] })
 * ```
 */
export const notify = {
  /** An incoming webhook of Slack, or Mattermost. */
  slack: (url: Secret, options?: NotifyOptions): DeployListener =>
    notifier('Slack', url, result => slackBody(messageOf(result)))(options),
  /** A workflow of Microsoft Teams that begins "when a webhook request is received". */
  teams: (url: Secret, options?: NotifyOptions): DeployListener =>
    notifier('Teams', url, result => teamsBody(messageOf(result)))(options),
  /** Any receiver: it gets the result of the deploy as JSON, by POST. */
  webhook: (url: Secret, options?: NotifyOptions): DeployListener =>
    notifier('the webhook', url, result => result)(options),
}

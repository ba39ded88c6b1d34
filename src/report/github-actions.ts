import { randomUUID } from 'node:crypto'
import { appendFile } from 'node:fs/promises'
import type { DeployEvent, DeployListener } from '../deploy/events.js'
import type { DeployResult, StepRecord } from '../deploy/result.js'
import type { ReportStream } from './screen.js'
import {
  commitLines,
  downtimeOf,
  duration,
  harmless,
  headline,
  isGood,
  MARK,
  OUTCOME,
  releaseOf,
} from './wording.js'

/** How a deploy is shown in GitHub Actions. */
export interface GithubActionsOptions {
  /** `GITHUB_ACTIONS` and `GITHUB_STEP_SUMMARY` count. @defaultValue that of the process */
  readonly env?: NodeJS.ProcessEnv
  /** @defaultValue standard output */
  readonly stream?: ReportStream
}

/** Characters of a step's output that are shown: the last. */
const KEPT = 64 * 1024

/** The value of a workflow command. */
function value(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

/** A property of one, in which also `:` and `,` have a meaning. */
function property(text: string): string {
  return value(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

/** A text within Markdown and a cell of a table, as it is. */
function markdown(text: string): string {
  return harmless(text)
    .replace(/[\\`*_{}[\]()#+!|~<>@&-]/g, sign =>
      /[<>&]/.test(sign) ? `&#${sign.charCodeAt(0)};` : `\\${sign}`,
    )
    .replaceAll('\n', '<br>')
}

/** A block that nothing in the text can end. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([marks]) => marks.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}text\n${harmless(text)}\n${fence}\n`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`
  return `${line(head)}${line(head.map(() => '---'))}${rows.map(row => line(row.map(markdown))).join('')}\n`
}

/** What stands on the page of a workflow's run. */
export function stepSummary(result: DeployResult): string {
  const { action, project, environment, outcome, durationMs, hosts, steps, warnings, error, commits } = result
  const several = hosts.length > 1
  const shown = steps.filter(({ status }) => status !== 'skipped')
  const list = (title: string, lines: readonly string[]) =>
    lines.length > 0 ? `**${title}**\n\n${lines.map(line => `- ${markdown(line)}\n`).join('')}\n` : ''
  return [
    `### ${isGood(outcome) ? '✅' : '❌'} ${markdown(`${action} of ${project} (${environment}): ${OUTCOME[outcome]}`)}\n\n`,
    `${markdown(releaseOf(result))}, in ${duration(durationMs)}; the site was ${downtimeOf(result)}.\n\n`,
    error ? fenced(error.message) : '',
    several
      ? table(
          ['host', 'outcome', 'live there'],
          hosts.map(({ host, outcome: own, release = '?' }) => [host, own, release]),
        )
      : '',
    list('Commits', commitLines(commits)),
    list('Warnings', warnings),
    `<details><summary>${shown.length} steps</summary>\n\n`,
    table(
      ['', 'step', 'host', 'time', ''],
      shown.map(({ status, step, host, durationMs: took, note }) => [
        MARK[status],
        step,
        host,
        duration(took),
        note,
      ]),
    ),
    '</details>\n',
  ].join('')
}

/**
 * A listener for GitHub Actions: each step is a group with what it printed, warnings and the failure are annotations, and
 * the page of the run gets a summary. Elsewhere it does nothing. Nothing that a server prints is taken for a command to
 * the runner.
 *
 * @example
 * ```ts
 * await deploy({ ...options, onEvent: process.env.CI ? githubActions() : terminal() })
 * ```
 */
export function githubActions({
  env = process.env,
  stream = process.stdout,
}: GithubActionsOptions = {}): DeployListener {
  if (env.GITHUB_ACTIONS !== 'true') return () => {}
  const printed = new Map<string, string>()
  const line = (text: string) => void stream.write(`${text}\n`)
  const annotate = (kind: 'error' | 'warning', title: string, message: string) =>
    line(`::${kind} title=${property(title)}::${value(harmless(message))}`)

  /** Lines that are no commands, whatever they say. */
  const inert = (text: string) => {
    if (!/^\s*::|##\[/m.test(text)) return line(harmless(text).trimEnd())
    const token = randomUUID()
    line(`::stop-commands::${token}`)
    line(harmless(text).trimEnd())
    line(`::${token}::`)
  }

  const step = ({ step: name, host, status, note, durationMs }: StepRecord) => {
    const key = `${host} ${name}`
    const output = printed.get(key) ?? ''
    printed.delete(key)
    const title = `${MARK[status]} ${name} (${host}) ${duration(durationMs)} ${harmless(note)}`.trimEnd()
    if (output.trim() === '') return inert(title)
    line(`::group::${value(title)}`)
    inert(output)
    line('::endgroup::')
  }

  return (event: DeployEvent) => {
    switch (event.type) {
      case 'output': {
        const key = `${event.host} ${event.step}`
        printed.set(key, `${printed.get(key) ?? ''}${event.text}`.slice(-KEPT))
        break
      }
      case 'step-ended':
        step(event.record)
        break
      case 'warning':
        annotate('warning', event.host ?? 'deploy', event.message)
        break
      case 'going-back':
        inert(`✖ ${headline(event.error)}`)
        break
      case 'ended': {
        const { error, outcome, action, project } = event.result
        if (error) annotate('error', `${action} of ${project}: ${outcome}`, error.message)
        inert(`${outcome}: ${releaseOf(event.result)} in ${duration(event.result.durationMs)}`)
        const path = env.GITHUB_STEP_SUMMARY
        return path ? appendFile(path, stepSummary(event.result)) : undefined
      }
      default:
    }
    return undefined
  }
}

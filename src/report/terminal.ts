import type { DeployEvent, DeployListener } from '../deploy/events.js'
import type { DeployResult, StepRecord } from '../deploy/result.js'
import { LiveTree } from './live-tree.js'
import { hasColor, type Paint, paintOf, type Style } from './paint.js'
import { LiveScreen, PlainScreen, type ReportStream, type Screen } from './screen.js'
import {
  asked,
  commitLines,
  counted,
  downtimeOf,
  duration,
  fitted,
  harmless,
  headline,
  isGood,
  MARK,
  releaseOf,
  wrapped,
} from './wording.js'

/** How a deploy is shown on a terminal. */
export interface TerminalOptions {
  /** Shows each command, too, and what it prints. @defaultValue false */
  readonly verbose?: boolean
  /** Shows warnings, failures and how it ended; no steps. @defaultValue false */
  readonly quiet?: boolean
  /** @defaultValue true on a terminal, unless `NO_COLOR` is set */
  readonly color?: boolean
  /** Redraws what is going on. @defaultValue true on a terminal, unless in continuous integration */
  readonly live?: boolean
  /** @defaultValue standard output */
  readonly stream?: ReportStream
  /** `NO_COLOR`, `FORCE_COLOR`, `CI` and `TERM` count. @defaultValue that of the process */
  readonly env?: NodeJS.ProcessEnv
}

const STYLE: Record<StepRecord['status'], Style> = {
  changed: 'green',
  unchanged: 'dim',
  skipped: 'dim',
  failed: 'red',
  undone: 'yellow',
}

const STEP_WIDTH = 20
const TIME_WIDTH = 9
/** On a terminal that is narrower than this nothing is put into columns. */
const NARROW = 60

/** Commands of our own may have a hundred lines. */
function firstLine(command: string): string {
  const [first = '', ...more] = command.trim().split('\n')
  return more.length > 0 ? `${first} … and ${more.length} more lines` : first
}

/** Turns events into lines. */
class Report {
  readonly #begun = new Map<string, string>()
  #several = false

  constructor(
    private readonly screen: Screen,
    private readonly paint: Paint,
    private readonly options: TerminalOptions,
  ) {}

  see(event: DeployEvent): void {
    const { quiet, verbose } = this.options
    switch (event.type) {
      case 'started':
        this.#several = event.hosts.length > 1
        if (!quiet) {
          const { action, project, environment, hosts } = event
          this.#line(`${action} of ${project} (${environment}) on ${hosts.join(', ')}`, 'bold')
        }
        break
      case 'step-ended':
        if (!quiet || event.record.status === 'failed') this.#step(event.record)
        break
      case 'command-started':
        if (verbose) this.#block('$ ', event.host, firstLine(event.command), 'cyan')
        break
      case 'output':
        if (verbose) this.#output(event.host, event.text)
        break
      case 'command-ended':
        this.#output(event.host, this.#begun.get(event.host) ? '\n' : '')
        break
      case 'question':
        this.#line(`${this.#named(event.host)}${asked(event.question, event.message)}`, 'yellow')
        break
      case 'answered':
        this.#line(`${this.#named(event.host)}→ ${event.answer}`, 'yellow')
        break
      case 'warning':
        this.#line(`! ${this.#named(event.host)}${harmless(event.message)}`, 'yellow')
        break
      case 'going-back':
        this.#line(`✖ ${headline(event.error)}`, 'red')
        break
      case 'ended':
        this.#summary(event.result)
        break
      default:
    }
  }

  #named(host: string | undefined): string {
    return this.#several && host ? `${host}: ` : ''
  }

  #line(text: string, style: Style): void {
    for (const line of wrapped(text, this.screen.width)) this.screen.line(this.paint(style, line))
  }

  #block(prefix: string, host: string, text: string, style: Style): void {
    for (const line of harmless(text).split('\n')) {
      this.screen.line(this.paint(style, `${prefix}${this.#named(host)}${line}`))
    }
  }

  /** Whole lines: what comes of the next waits for its end. */
  #output(host: string, text: string): void {
    const lines = `${this.#begun.get(host) ?? ''}${text}`.split('\n')
    this.#begun.set(host, lines.pop() ?? '')
    if (lines.length > 0) this.#block('  ', host, lines.join('\n'), 'dim')
  }

  #step({ step, status, note, durationMs, host }: StepRecord): void {
    const { width } = this.screen
    const isNarrow = width !== undefined && width < NARROW
    const time = status === 'skipped' || (status === 'undone' && durationMs === 0) ? '' : duration(durationMs)
    const columns = isNarrow ? `${step} ${time}` : `${step.padEnd(STEP_WIDTH)}${time.padStart(TIME_WIDTH)}`
    const line = `${columns}  ${this.#named(host)}${harmless(note)}`.replace(/:? *$/, '')
    this.screen.line(`${this.paint(STYLE[status], MARK[status])} ${fitted(line, width && width - 2)}`)
  }

  #summary(result: DeployResult): void {
    const { outcome, durationMs, error, roundTrips, connections, commits } = result
    const style = isGood(outcome) ? 'green' : 'red'
    if (!this.options.quiet) for (const line of commitLines(commits)) this.#line(`  ${line}`, 'dim')
    this.#line(`${outcome}: ${releaseOf(result)} in ${duration(durationMs)}`, style)
    if (!this.options.quiet) {
      const costs = `${counted(roundTrips, 'round trip')}, ${counted(connections, 'connection')}`
      for (const line of wrapped(`the site was ${downtimeOf(result)}; ${costs}`, this.screen.width)) {
        this.screen.line(line)
      }
    }
    if (error) for (const line of ['', ...harmless(error.message).split('\n')]) this.screen.line(line)
  }
}

/**
 * A listener that shows a deploy on the terminal: a line for each step that has ended, and below them what is going on
 * at each host, redrawn while it lasts. Where there is no terminal, or in continuous integration, there are only the
 * lines.
 *
 * @example
 * ```ts
 * await deploy({ ...options, onEvent: terminal({ verbose: true }) })
 * ```
 */
export function terminal(options: TerminalOptions = {}): DeployListener {
  const { stream = process.stdout, env = process.env, quiet = false } = options
  const isTTY = stream.isTTY === true
  const paint = paintOf(options.color ?? hasColor(isTTY, env))
  const isLive = options.live ?? (isTTY && !quiet && !env.CI && env.TERM !== 'dumb')
  const tree = new LiveTree(paint)
  let screen: Screen = new PlainScreen(stream)
  let report = new Report(screen, paint, options)
  return event => {
    if (event.type === 'started') {
      if (isLive) screen = new LiveScreen(stream, (width, height) => tree.lines(width, height, new Date()))
      report = new Report(screen, paint, options)
    }
    tree.see(event)
    if (event.type === 'answered') screen.resume()
    report.see(event)
    if (event.type === 'question') screen.pause()
    return event.type === 'ended' ? screen.end() : undefined
  }
}

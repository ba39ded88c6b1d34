import type { DeployEvent } from '../deploy/events.js'
import type { Paint } from './paint.js'
import { duration, fitted, harmless, size } from './wording.js'

/** What goes on at a host. */
interface Branch {
  done: number
  /** A step, its taking back, or a hook; undefined while it waits for the others. */
  doing: { readonly what: string; readonly since: Date; detail: string } | undefined
}

const TURNING = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const TURN_MS = 100
const BAR = 20

/** How far something is: `[█████···············] 25 %  3.0 MiB of 12.0 MiB`. */
function bar(bytes: number, totalBytes: number, room: number): string {
  const share = totalBytes > 0 ? Math.min(bytes / totalBytes, 1) : 1
  const percent = `${Math.floor(share * 100)} %`
  if (room < BAR * 3) return `${percent} of ${size(totalBytes)}`
  const full = Math.floor(share * BAR)
  return `[${'█'.repeat(full)}${'·'.repeat(BAR - full)}] ${percent}  ${size(bytes)} of ${size(totalBytes)}`
}

/** The last line of an output that says something. */
function lastLine(text: string): string | undefined {
  return harmless(text)
    .split('\n')
    .findLast(line => line.trim() !== '')
    ?.trim()
}

/** The hosts, and below each what is going on there. */
export class LiveTree {
  readonly #hosts = new Map<string, Branch>()
  #steps = 0

  constructor(private readonly paint: Paint) {}

  see(event: DeployEvent): void {
    switch (event.type) {
      case 'started':
        for (const host of event.hosts) this.#hosts.set(host, { done: 0, doing: undefined })
        this.#steps = event.steps.length
        break
      case 'step-started':
        this.#begin(event.host, event.step, event.at)
        break
      case 'undo-started':
        this.#begin(event.host, `taking back ${event.step}`, event.at)
        break
      case 'hook-started':
        this.#begin(event.host, `your ${event.moment}`, event.at)
        break
      case 'hook-ended':
        this.#end(event.host, 0)
        break
      case 'step-ended':
        this.#end(event.record.host, event.record.status === 'undone' ? 0 : 1)
        break
      case 'output':
        this.#detail(event.host, lastLine(event.text))
        break
      case 'progress':
        this.#detail(event.host, bar(event.bytes, event.totalBytes, event.totalBytes > 0 ? 60 : 0))
        break
      case 'question':
        this.#detail(event.host, 'waits for an answer')
        break
      case 'answered':
        this.#detail(event.host, '')
        break
      default:
    }
  }

  /** The tree as it is now, in lines that fit. */
  lines(width: number, height: number, now: Date): readonly string[] {
    const room = Math.max(Math.floor((height - 2) / 2), 1)
    const busy = [...this.#hosts].filter(([, { doing }]) => doing)
    const shown = busy.slice(0, room).flatMap(([host, branch]) => this.#branch(host, branch, width, now))
    const more = busy.length > room ? [this.paint('dim', `… and ${busy.length - room} more hosts`)] : []
    return [...shown, ...more]
  }

  #branch(host: string, { done, doing }: Branch, width: number, now: Date): readonly string[] {
    if (!doing) return []
    const since = now.getTime() - doing.since.getTime()
    const sign = TURNING[Math.floor(since / TURN_MS) % TURNING.length] ?? ''
    const line = `${doing.what}  ${duration(Math.floor(since / TURN_MS) * TURN_MS)}  ${doing.detail}`
    const head = fitted(`${host}  ${done} of ${this.#steps}`, width)
    return [
      this.paint('bold', head),
      `└ ${this.paint('cyan', sign)} ${fitted(line.trimEnd(), Math.max(width - 4, 0))}`,
    ]
  }

  #begin(host: string, what: string, since: Date): void {
    const branch = this.#hosts.get(host)
    if (branch) branch.doing = { what, since, detail: '' }
  }

  #end(host: string, steps: number): void {
    const branch = this.#hosts.get(host)
    if (!branch) return
    branch.done += steps
    branch.doing = undefined
  }

  #detail(host: string, detail: string | undefined): void {
    const doing = this.#hosts.get(host)?.doing
    if (doing && detail !== undefined) doing.detail = detail
  }
}

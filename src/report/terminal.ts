import type { DeployEvent, DeployListener } from '../deploy/events.js'
import type { DeployResult, StepRecord } from '../deploy/result.js'

const MARK: Record<StepRecord['status'], string> = {
  changed: '✔',
  unchanged: '·',
  skipped: '-',
  failed: '✖',
  undone: '↶',
}

const STEP_WIDTH = 20
const TIME_WIDTH = 9

/** A duration for people: `12 ms`, `3.4 s`, `2 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${ms} ms`
  const tenths = Math.round(ms / 100)
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

function stepLine({ step, status, note, durationMs }: StepRecord, host: string): string {
  const time = status === 'skipped' || status === 'undone' ? '' : duration(durationMs)
  return `${MARK[status]} ${step.padEnd(STEP_WIDTH)}${time.padStart(TIME_WIDTH)}  ${host}${note}`.trimEnd()
}

function summary(result: DeployResult): string[] {
  const { outcome, release, revision, downtime, durationMs, error, roundTrips, connections } = result
  return [
    `${outcome}: ${release}${revision ? ` (${revision.slice(0, 10)})` : ''} in ${duration(durationMs)}`,
    `the site was ${downtime ? `off for ${duration(downtime.milliseconds)}` : 'never off'}; ${roundTrips} round trips, ${connections} connections`,
    ...(error ? ['', error.message] : []),
  ]
}

/**
 * A listener that writes a line for each step, plain text that suits a terminal as well as a log.
 *
 * @param write - gets each line. @defaultValue writes to standard output
 * @example
 * ```ts
 * await deploy({ ...options, onEvent: terminal() })
 * ```
 */
export function terminal(
  write: (line: string) => void = line => process.stdout.write(`${line}\n`),
): DeployListener {
  let several = false
  const named = (host: string | undefined) => (several && host ? `${host}: ` : '')
  return (event: DeployEvent) => {
    switch (event.type) {
      case 'started':
        several = event.hosts.length > 1
        write(`${event.action} of ${event.project} (${event.environment}) on ${event.hosts.join(', ')}`)
        break
      case 'step-ended':
        write(stepLine(event.record, named(event.record.host)))
        break
      case 'warning':
        write(`! ${named(event.host)}${event.message}`)
        break
      case 'going-back':
        write(`✖ ${event.error.message.split('\n', 1)[0]}`)
        break
      case 'ended':
        summary(event.result).forEach(write)
        break
      default:
    }
  }
}

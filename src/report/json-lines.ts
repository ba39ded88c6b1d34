import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import type { DeployEvent, DeployListener } from '../deploy/events.js'
import { jsonOf } from './plain-data.js'
import type { ReportStream } from './screen.js'

/**
 * A listener that writes each event as one line of JSON: `{"type":"step-ended","record":{…},"at":"2026-11-26T…"}`. What
 * is not known is `null`; an error has its name, message, code and fields.
 *
 * @param to - a stream, which stays open, or the path of a file that is appended to. @defaultValue standard output
 * @example
 * ```ts
 * await deploy({ ...options, onEvent: [terminal(), jsonLines('deploys.jsonl')] })
 * ```
 */
export function jsonLines(to: ReportStream | string = process.stdout): DeployListener {
  if (typeof to !== 'string') return event => void to.write(`${jsonOf(event)}\n`)
  let file: { write(line: string): unknown; end(): Promise<void> } | undefined
  return (event: DeployEvent) => {
    file ??= opened(to)
    file.write(`${jsonOf(event)}\n`)
    if (event.type !== 'ended') return undefined
    const ended = file.end()
    file = undefined
    return ended
  }
}

/** A file to append to, which belongs to who writes it: it may have more in it than others should read. */
function opened(path: string) {
  const stream = createWriteStream(path, { flags: 'a', mode: 0o600 })
  const done = finished(stream)
  done.catch(() => {}) // it is told at the end
  return {
    write: (line: string) => stream.write(line),
    end: () => {
      stream.end()
      return done
    },
  }
}

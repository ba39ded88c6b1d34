import { setTimeout as pause } from 'node:timers/promises'
import { ask } from '../command/command.js'
import { type Script, script } from '../command/script.js'
import { stopwatch } from '../support/clock.js'
import {
  asking,
  explained,
  type HealthAnswer,
  type HealthCheck,
  type HealthOptions,
  type HealthTalk,
  healthCheck,
  unhealthy,
} from './health-check.js'

/** Bytes of an answer's body that are brought here. */
const BODY_LIMIT = 65_536

/** Milliseconds between two answers that are judged. */
const PAUSE_MS = 500

/** Prints headers and body, a line of each. */
const TELL = ask`sed 1d -- "$heads" | head -c ${BODY_LIMIT} | base64 -w 0; echo; head -c ${BODY_LIMIT} -- "$body" | base64 -w 0`

/** A check: by the server alone, unless a function is to judge what is answered. */
export function checked(check: HealthCheck): Script<string> | HealthTalk {
  const { accept } = check.options ?? {}
  return accept ? judged(check, accept) : healthCheck(check)
}

function judged(check: HealthCheck, accept: NonNullable<HealthOptions['accept']>): HealthTalk {
  return async (host, options) => {
    const { seconds = 30 } = check.options ?? {}
    const elapsed = stopwatch()
    for (;;) {
      const left = Math.max(1, Math.ceil(seconds - elapsed() / 1000))
      const [note, answer] = await host.perform(answered(check, left), options)
      const objection = await objectionOf(accept, answer, seconds * 1000 - elapsed())
      if (objection === undefined) return note
      if (elapsed() + PAUSE_MS >= seconds * 1000)
        throw unhealthy(host.name, `${note}: ${objection}`, answer.body.slice(0, 300))
      await pause(PAUSE_MS)
    }
  }
}

/** One answer that is good as far as the server can see, in one round trip. */
function answered(check: HealthCheck, seconds: number): Script<readonly [string, HealthAnswer]> {
  return script(
    [asking({ check, seconds, tell: TELL }).asData()],
    ([{ stdout }]) => {
      const [note = '', headers = '', body = ''] = stdout.split('\n')
      const [status = '', url = ''] = note.split(' from ')
      return [
        note,
        { url, status: Number(status), headers: headersOf(decoded(headers)), body: decoded(body) },
      ]
    },
    explained,
  )
}

/** Why the function does not accept an answer, if it does not. */
async function objectionOf(
  accept: NonNullable<HealthOptions['accept']>,
  answer: HealthAnswer,
  limitMs: number,
): Promise<string | undefined> {
  const late = new AbortController()
  try {
    const verdict = await Promise.race([
      accept(answer),
      pause(Math.max(PAUSE_MS, limitMs), 'your function took too long to judge it', late),
    ])
    if (verdict === true) return undefined
    return verdict === false ? 'your function does not accept it' : verdict
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    late.abort()
  }
}

function decoded(text: string): string {
  return Buffer.from(text, 'base64').toString()
}

function headersOf(text: string): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {}
  for (const line of text.split(/\r?\n/)) {
    const [, name, value = ''] = /^([^:\s]+):\s*(.*?)\s*$/.exec(line) ?? []
    if (name === undefined) continue
    const before = headers[name.toLowerCase()]
    headers[name.toLowerCase()] = before === undefined ? value : `${before}, ${value}`
  }
  return headers
}

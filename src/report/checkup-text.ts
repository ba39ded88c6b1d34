import type { Checkup, Finding, Severity } from '../deploy/doctor/checkup.js'
import { harmless } from './wording.js'

const MARK: Readonly<Record<Severity, string>> = { error: '✖', warning: '!', note: '·' }

function endOf({ isWell, findings }: Checkup): string {
  if (findings.length === 0) return 'Nothing is amiss.'
  return isWell
    ? 'Nothing that was found would keep a deploy from going live.'
    : 'A deploy would fail, or stop: see what is marked with ✖.'
}

/**
 * A checkup as plain text, for a terminal or a log.
 *
 * @example
 * ```ts
 * console.log(checkupText(await doctor(options)))
 * ```
 */
export function checkupText(checkup: Checkup): string {
  const { findings } = checkup
  const several = new Set(findings.map(({ host }) => host)).size > 1
  const line = ({ host, code, severity, message, remedy }: Finding) => [
    harmless(`${MARK[severity]} ${several ? `${host}: ` : ''}${message} (${code})`),
    ...(remedy === undefined ? [] : [harmless(`    ${remedy}`)]),
  ]
  return [...findings.flatMap(line), ...(findings.length > 0 ? [''] : []), endOf(checkup)].join('\n')
}

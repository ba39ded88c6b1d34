import { execaSync } from 'execa'
import { describe, expect, it } from 'vitest'
import { CALENDAR } from '../../../src/service/cron-calendar.js'
import { AWKS } from '../../support/awk.js'
import { CRON_TIMES, NO_CRON_TIMES } from '../../support/cron-times.js'

const PROGRAM = `${CALENDAR}{ rest = $0; on = calendar(); gsub(/\\n/, "; ", on); print on fault "|" rest }`

describe.each(AWKS.map(words => [words.join(' '), words] as const))('times of cron, by %s', (_, words) => {
  const translated = (times: readonly string[]) => {
    const [program, ...more] = words
    const input = times.map(each => `${each} root run it\n`).join('')
    return execaSync(program, [...more, PROGRAM], { input, env: { LC_ALL: 'C' } }).stdout.split('\n')
  }

  it('become those of systemd, and nothing but the five fields is taken', () => {
    const expected = CRON_TIMES.map(({ onCalendar }) => `${onCalendar.join('; ')}|root run it`)
    expect(translated(CRON_TIMES.map(({ cron }) => cron))).toEqual(expected)
  })

  it('are refused where cron would not take them, or be of two minds, and the field is named', () => {
    const told = translated(NO_CRON_TIMES.map(([cron]) => cron))
    expect(told.map(line => line.split('|', 1)[0])).toEqual(NO_CRON_TIMES.map(([, why]) => why))
  })
})

import { describe, expect, it } from 'vitest'
import { asksFor, parseRules } from '../../../../src/deploy/doctor/sudo-rules.js'

const listed = (defaults: string, ...entries: readonly (readonly [options: string, ...string[]])[]) =>
  [
    'Matching Defaults entries for deploy on web1:',
    `    ${defaults}`,
    '',
    'User deploy may run the following commands on web1:',
    ...entries.flatMap(([options, ...commands]) => [
      '',
      'Sudoers entry:',
      '    RunAsUsers: root',
      ...(options ? [`    Options: ${options}`] : []),
      '    Commands:',
      ...commands.map(command => `\t${command}`),
    ]),
  ].join('\n')

describe('rules of sudo', () => {
  it('are those of the last line that has the command', () => {
    const rules = parseRules(listed('env_reset', ['!authenticate', 'ALL'], ['', '/usr/bin/id']))
    expect(asksFor(rules, '/usr/bin/id -u')).toBe(true)
    expect(asksFor(rules, '/usr/bin/ls /')).toBe(false)
    const others = parseRules(listed('env_reset', ['!authenticate', '/usr/bin/id'], ['', 'ALL']))
    expect(asksFor(others, '/usr/bin/id')).toBe(true)
  })

  it('have arguments, with what stands for anything', () => {
    const rules = parseRules(
      listed(
        'env_reset',
        ['', 'ALL'],
        ['setenv, !authenticate', '/usr/sbin/nginx -c /tmp/tmp.*/a', '/bin/x a\\:b'],
      ),
    )
    expect(asksFor(rules, '/usr/sbin/nginx -c /tmp/tmp.0/a')).toBe(false)
    expect(asksFor(rules, '/usr/sbin/nginx -s stop')).toBe(true)
    expect(asksFor(rules, '/bin/x a:b')).toBe(false)
  })

  it('can be that nobody is asked', () => {
    const rules = parseRules(
      listed('env_reset, !authenticate, use_pty', ['', 'ALL'], ['authenticate', '/bin/su']),
    )
    expect(asksFor(rules, '/bin/ls')).toBe(false)
    expect(asksFor(rules, '/bin/su')).toBe(true)
    expect(asksFor([], '/bin/ls')).toBe(false)
  })
})

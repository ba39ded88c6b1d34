import { describe, expect, it } from 'vitest'
import type { DeployResult } from '../../../src/deploy/result.js'
import { duration, terminal } from '../../../src/report/terminal.js'

describe('a duration', () => {
  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [3_449, '3.4 s'],
    [59_949, '59.9 s'],
    [59_951, '1 min 0 s'],
    [60_000, '1 min 0 s'],
    [119_400, '1 min 59 s'],
    [119_600, '2 min 0 s'],
    [125_000, '2 min 5 s'],
  ])('of %i ms is %s', (ms, text) => {
    expect(duration(ms)).toBe(text)
  })
})

describe('the terminal reporter', () => {
  const result: DeployResult = {
    ...{
      outcome: 'rolled-back',
      exitCode: 1,
      action: 'deploy',
      project: 'carers',
      environment: 'production',
    },
    ...{
      release: 'r2',
      revision: '0123456789abcdef',
      commits: [],
      hosts: [],
      migrations: [],
      steps: [],
      warnings: [],
    },
    ...{
      downtime: { from: new Date(0), to: new Date(1500), milliseconds: 1500 },
      error: new Error('why it failed'),
    },
    ...{ connections: 1, roundTrips: 9, durationMs: 61_000 },
  }

  it('writes a line for each step, and a summary', () => {
    const lines: string[] = []
    const report = terminal(line => lines.push(line))
    const at = new Date()
    const base = { action: 'deploy', project: 'carers', environment: 'production', steps: [], at } as const
    report({ type: 'started', ...base, hosts: ['web1', 'web2'] })
    report({ type: 'step-started', host: 'web1', step: 'reload', title: 'reload', at })
    const record = { step: 'reload', host: 'web2', status: 'changed', note: 'done', durationMs: 7 } as const
    report({ type: 'step-ended', record, at })
    report({ type: 'warning', host: undefined, message: 'mind this', at })
    report({ type: 'ended', result, at })
    expect(lines).toEqual([
      'deploy of carers (production) on web1, web2',
      '✔ reload                   7 ms  web2: done',
      '! mind this',
      'rolled-back: r2 (0123456789) in 1 min 1 s',
      'the site was off for 1.5 s; 9 round trips, 1 connections',
      '',
      'why it failed',
    ])
  })
})

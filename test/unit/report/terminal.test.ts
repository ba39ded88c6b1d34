import { Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import type { DeployEvent } from '../../../src/deploy/events.js'
import { type TerminalOptions, terminal } from '../../../src/report/terminal.js'
import { recordedRun } from '../../support/recorded-run.js'
import { localPlace } from '../../support/temporary.js'

/** What may be written to: a terminal, if it has columns. */
function screen(columns?: number) {
  const said: string[] = []
  const stream = new Writable({
    write(chunk, _, done) {
      said.push(chunk.toString())
      done()
    },
  })
  const size = columns === undefined ? {} : { isTTY: true, columns, rows: 30 }
  return { stream: Object.assign(stream, size), text: () => said.join('') }
}

describe('the terminal reporter', () => {
  const place = localPlace()
  let good: readonly DeployEvent[]
  let bad: readonly DeployEvent[]

  beforeAll(async () => {
    good = (await recordedRun(place.directory)).events
    bad = (await recordedRun(place.directory, { hosts: ['web1', 'web2'], fails: true })).events
  })

  /** What it shows of recorded events: no time of this machine is in it. */
  const shown = async (events: readonly DeployEvent[], options: TerminalOptions, columns?: number) => {
    const { stream, text } = screen(columns)
    const report = terminal({ stream, env: {}, ...options })
    for (const event of events) await report(event)
    return text()
  }
  const lines = async (events: readonly DeployEvent[], options: TerminalOptions = {}) =>
    (await shown(events, options))
      .replace(/ +\d+(\.\d)? m?s\b/g, ' TIME')
      .replace(/\d{4}-\S+/g, 'RELEASE')
      .split('\n')

  it('writes a plain line for each step where there is no terminal, and the new commits', async () => {
    const written = await lines(good)
    expect(written.slice(0, 5)).toEqual([
      'deploy of carers (production) on web1',
      '✔ acquire-lock TIME  nothing is live yet',
      '! mind <this>',
      '✔ fetch-source TIME  <script>alert(1)</script> ␛',
      '✔ build-virtualenv TIME  Collecting Django',
    ])
    expect(written).toContain('- collect-assets                 there are none')
    expect(written.slice(-5)).toEqual([
      '  0000000000 <b>one</b> (Ann)',
      '  1111111111 two | three (Ann)',
      'deployed: RELEASE (0123456789) in TIME',
      'the site was off for TIME; 3 round trips, 0 connections',
      '',
    ])
  })

  it('names the host where there are several, and why what was done was taken back', async () => {
    const written = await lines(bad)
    expect(written[0]).toBe('deploy of carers (production) on web1, web2')
    expect(written).toContain('✔ site-off TIME  web2')
    expect(written).toContain('↶ site-off TIME  web1: taken back')
    expect(written.join('\n')).toMatch(/✖ Could not do migrate-database on web[12]: .*exit code 3/)
    expect(written.at(-2)).toBe('  | boom')
  })

  it('shows commands and their output when it is verbose, of a long command the first line', async () => {
    const written = await lines(good, { verbose: true })
    expect(written).toContain("$ sh -c 'echo Collecting Django; sleep 0.1'")
    expect(written).toContain('  ::error::no command')
    expect(written.join('\n')).toMatch(/^\$ .* … and \d+ more lines$/m)
  })

  it('shows nothing but warnings, failures and the end when it is quiet', async () => {
    expect(await lines(good, { quiet: true })).toEqual([
      '! mind <this>',
      'deployed: RELEASE (0123456789) in TIME',
      '',
    ])
    expect((await lines(bad, { quiet: true })).join('\n')).toContain('✖ migrate-database')
  })

  it.each<[string, number | undefined, NodeJS.ProcessEnv, boolean]>([
    ['on a terminal', 80, {}, true],
    ['nowhere else', undefined, {}, false],
    ['not with NO_COLOR', 80, { NO_COLOR: '1' }, false],
    ['not on a dumb terminal', 80, { TERM: 'dumb' }, false],
    ['with FORCE_COLOR', undefined, { FORCE_COLOR: '1' }, true],
  ])('has colours %s', async (_, columns, env, colored) => {
    expect((await shown(good, { env, live: false }, columns)).includes('\x1b[32m')).toBe(colored)
  })

  it.each([20, 40, 80, 200])('fits steps into %i columns', async columns => {
    const text = stripVTControlCharacters(await shown(bad, { live: false }, columns))
    const steps = text.split('\n').filter(line => /^[✔·✖↶-] [a-z]+-/.test(line))
    expect(steps.length).toBeGreaterThan(10)
    expect(steps.filter(line => [...line].length > columns)).toEqual([])
    expect(text).toContain(columns < 60 ? '✔ fetch-source ' : '✔ fetch-source    ')
  })

  it('redraws on a terminal what goes on at each host, within its width, and leaves the lines at the end', async () => {
    const { stream, text } = screen(50)
    const report = terminal({ stream, env: {} })
    const upTo = bad.findIndex(event => event.type === 'output' && event.text.includes('boom'))
    for (const event of bad.slice(0, upTo + 1)) report(event)
    await expect
      .poll(() => stripVTControlCharacters(text()))
      .toMatch(/^web[12] {2}\d of 7\n└ . migrate-database {2}/m)
    expect(stripVTControlCharacters(text())).toContain('boom')
    for (const event of bad.slice(upTo + 1)) await report(event)
    const written = text()
    const drawn = stripVTControlCharacters(written).split('\n')
    expect(drawn.filter(line => /^(└|web)/.test(line) && [...line].length > 50)).toEqual([])
    expect(written).toContain('\x1b[2K') // lines are erased
    expect(drawn.slice(-3).join('\n')).toContain('  | boom')
  })

  it.each([{ CI: 'true' }, { TERM: 'dumb' }])('redraws nothing with %j', async env => {
    expect(await shown(good, { env }, 80)).not.toContain('\x1b[2K')
  })

  it('stays away from the terminal while somebody is asked', async () => {
    const { stream, text } = screen(80)
    const report = terminal({ stream, env: {} })
    const [started] = good
    if (!started) throw new Error('nothing was recorded')
    report(started)
    const at = new Date()
    const facts = { host: 'web1', changes: ['x'] }
    report({ type: 'step-started', at, host: 'web1', step: 'check-live-changes', title: 'look' })
    await expect.poll(text).toContain('check-live-changes')
    report({ type: 'question', at, host: 'web1', question: 'liveChanges', message: 'go on', facts })
    const before = text()
    await new Promise(resolve => setTimeout(resolve, 350)) // it would have redrawn three times
    report({ type: 'warning', at, host: 'web1', message: 'later' })
    expect(text()).toBe(before)
    expect(before).toContain('? go on (liveChanges)')
    report({ type: 'answered', at, host: 'web1', question: 'liveChanges', answer: 'continue' })
    await expect.poll(text).toMatch(/later[\s\S]*→ continue/)
    await report(good.at(-1) as DeployEvent)
  })

  it('shows how far an upload is', async () => {
    const { stream, text } = screen(120)
    const report = terminal({ stream, env: {} })
    report(good[0] as DeployEvent)
    const at = new Date()
    report({ type: 'step-started', at, host: 'web1', step: 'fetch-source', title: 'fetch' })
    const amounts = { files: 1, totalFiles: 2, bytes: 3 * 1024 ** 2, totalBytes: 12 * 1024 ** 2 }
    report({ type: 'progress', at, host: 'web1', step: 'fetch-source', ...amounts })
    await expect.poll(text).toContain('[█████···············] 25 %  3.0 MiB of 12.0 MiB')
    await report(good.at(-1) as DeployEvent)
  })

  it('lets nothing that a server prints move the cursor', async () => {
    const at = new Date()
    const output = { type: 'output', at, host: 'web1', step: 'reload', stream: 'stdout' } as const
    const { stream, text } = screen()
    const report = terminal({ stream, env: {}, verbose: true })
    report({ ...output, text: '10 %\r20 %\r\x1b[2J\x1b]0;title\x07do' })
    report({ ...output, text: 'ne\x08\n' })
    report({ type: 'warning', at, host: undefined, message: '\x1b[31mred' })
    expect(text()).toBe('  done\n! red\n')
  })
})

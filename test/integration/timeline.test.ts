import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { beforeAll, expect, it } from 'vitest'
import { timeline } from '../../src/report/timeline.js'
import { needsProgram } from '../support/needs.js'
import { recordedRun } from '../support/recorded-run.js'
import { localPlace } from '../support/temporary.js'

needsProgram('chromium', 'the timeline in a browser', () => {
  const place = localPlace()
  const at = (name: string) => join(place.directory, name)

  const chromium = (...words: readonly string[]) =>
    execa('chromium', [
      ...['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${at('profile')}`],
      ...words,
      `file://${at('deploy.html')}`,
    ])

  beforeAll(async () => {
    const onEvent = timeline(at('deploy.html'))
    await recordedRun(place.directory, { hosts: ['web1', 'web2'], fails: true, more: { onEvent } })
  })

  it('is what was written: nothing is taken for a tag of its own, nothing is left open', async () => {
    const { stdout } = await chromium('--dump-dom')
    expect(stdout.match(/<tr>/g)).toHaveLength(
      (await readFile(at('deploy.html'), 'utf8')).match(/<tr>/g)?.length ?? 0,
    )
    expect(stdout).not.toContain('<script')
  })

  it('opens from the disk, and asks for nothing else', async () => {
    const { stderr } = await chromium(
      `--screenshot=${at('deploy.png')}`,
      ...['--window-size=1200,900', `--log-net-log=${at('net.json')}`, '--enable-logging=stderr'],
    )
    expect((await stat(at('deploy.png'))).size).toBeGreaterThan(10_000)
    expect(stderr).not.toMatch(/Refused to|Content Security Policy/)
    const urls = (await readFile(at('net.json'), 'utf8')).match(/"url":"[^"]*deploy[^"]*"/g) ?? []
    expect(urls.filter(url => !url.startsWith('"url":"file:'))).toEqual([])
  })
})

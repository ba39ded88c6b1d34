import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { timeline } from '../../src/report/timeline.js'
import { startBrowser } from '../support/browser.js'
import { needsProgram } from '../support/needs.js'
import { recordedRun } from '../support/recorded-run.js'
import { localPlace } from '../support/temporary.js'

needsProgram('chromium', 'the timeline in a browser', () => {
  const place = localPlace()
  const asked: string[] = []
  const complaints: string[] = []
  let browser: Browser
  let page: Page
  let file: string

  beforeAll(async () => {
    file = join(place.directory, 'deploy.html')
    await recordedRun(place.directory, {
      hosts: ['web1', 'web2'],
      fails: true,
      more: { onEvent: timeline(file) },
    })
    browser = await startBrowser()
    page = await browser.newPage({ viewport: { width: 1200, height: 900 } })
    page.on('request', request => asked.push(request.url()))
    page.on('console', message => complaints.push(message.text()))
    await page.goto(`file://${file}`)
  })

  afterAll(() => browser?.close())

  it('is what was written: nothing is taken for a tag of its own, nothing is left open', async () => {
    const written = await readFile(file, 'utf8')
    expect(await page.locator('tr').count()).toBe(written.match(/<tr>/g)?.length)
    expect(await page.locator('script, b').count()).toBe(0)
    expect(await page.locator('body').innerText()).toContain('<script>alert(1)</script>')
  })

  it('opens from the disk, asks for nothing else, and has nothing to complain of', () => {
    expect(asked).toEqual([`file://${file}`])
    expect(complaints).toEqual([])
  })

  it('has its bars within their lanes, also in a narrow window', async () => {
    for (const width of [1200, 400]) {
      await page.setViewportSize({ width, height: 900 })
      const lanes = await page.locator('i.bar').evaluateAll(bars =>
        bars.map(bar => {
          const [own, lane] = [bar, bar.parentElement ?? bar].map(each => each.getBoundingClientRect())
          return {
            starts: (own?.left ?? 0) - (lane?.left ?? 0),
            ends: (lane?.right ?? 0) - (own?.right ?? 0),
          }
        }),
      )
      expect(lanes.length).toBeGreaterThan(10)
      expect(lanes.filter(({ starts, ends }) => starts < 0 || ends < -3)).toEqual([]) // 3 pixels are the least
    }
  })
})

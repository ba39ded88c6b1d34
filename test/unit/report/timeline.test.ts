import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { html } from '../../../src/report/html.js'
import { timeline } from '../../../src/report/timeline.js'
import { recordedRun } from '../../support/recorded-run.js'
import { localPlace } from '../../support/temporary.js'

describe('the timeline', () => {
  const place = localPlace()
  let good: string
  let bad: string

  const pageOf = async (name: string, more: Parameters<typeof recordedRun>[1]) => {
    const path = join(place.directory, 'pages', `${name}.html`)
    const { result } = await recordedRun(place.directory, { ...more, more: { onEvent: timeline(path) } })
    expect(result.warnings.filter(text => text.includes('onEvent'))).toEqual([])
    return readFile(path, 'utf8')
  }

  beforeAll(async () => {
    good = await pageOf('good', {})
    bad = await pageOf('bad', { hosts: ['web1', 'web2'], fails: true })
  })

  /** Where a bar, or the time that the site was off, lies: left and right edge, in percent. */
  const placeOf = (page: string, what: RegExp) => {
    const [, left, width] =
      new RegExp(`<i class="${what.source}" style="left:([\\d.]+)%;width:([\\d.]+)%"`).exec(page) ?? []
    return [Number(left), Number(left) + Number(width)] as const
  }
  const bar = (page: string, step: string) => {
    const [, left, width] =
      new RegExp(`style="left:([\\d.]+)%;width:([\\d.]+)%" title="${step}\\b`).exec(page) ?? []
    return [Number(left), Number(left) + Number(width)] as const
  }

  it('needs nothing from elsewhere, and has no scripts', () => {
    for (const page of [good, bad]) {
      expect(page).not.toMatch(/<script|<link|<img|src=|href=|url\(|@import|https?:/i)
      expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`)
    }
  })

  it('has a bar for each step that was not skipped, in order, and for hooks', () => {
    const steps = [...good.matchAll(/<th scope="row" title="([^"]+)"/g)].map(([, name]) => name)
    expect(steps).toEqual([
      ...['acquire-lock', 'fetch-source', 'build-virtualenv', 'after build-virtualenv', 'site-off'],
      ...['migrate-database', 'switch-release', 'site-on', 'release-lock'],
    ])
    const bars = steps.map(step => bar(good, `${step}`))
    for (const [index, [from, to]] of bars.entries()) {
      expect(from).toBeGreaterThanOrEqual((bars[index - 1]?.[1] ?? 0) - 0.1)
      expect(to).toBeGreaterThanOrEqual(from)
      expect(to).toBeLessThanOrEqual(100)
    }
    const [from, to] = bar(good, 'migrate-database')
    expect(to - from).toBeGreaterThan(5)
  })

  it('marks the time that the site was off, from site-off to site-on, or until it was taken back', () => {
    const [from, to] = placeOf(good, /off/)
    expect(from).toBeCloseTo(bar(good, 'site-off')[1], 1)
    expect(to).toBeCloseTo(bar(good, 'site-on')[1], 1)
    expect(good).toContain('the site was off for 1.5 s') // by the server's clock
    expect(good.match(/The site was off for [^<]* \(shaded\)/g)).toHaveLength(1)
    expect(bad.match(/The site was off for [^<]* \(shaded\)/g)).toHaveLength(2)
    expect(placeOf(bad, /off/)[1]).toBeCloseTo(bar(bad, 'site-off: undone')[1], 1)
  })

  it('tells of failures, commits and warnings, and what is said in them is text', () => {
    expect(bad).toContain('failed; the old release is live again')
    expect(bad).toMatch(/<pre>Could not do migrate-database on web[12]: .*\n {2}\| boom<\/pre>/)
    expect(good).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(good).toContain('<li>0000000000 &lt;b&gt;one&lt;/b&gt; (Ann)</li>')
    expect(good).toContain('<li>mind &lt;this&gt;</li>')
  })

  it('is escaped, whatever it is made of', () => {
    const value = `"><img onerror='x'>&`
    expect(html`<p title="${value}">${[html`<b>${value}</b>`]}${1}</p>`.text).toBe(
      `<p title="&quot;&gt;&lt;img onerror=&#39;x&#39;&gt;&amp;"><b>&quot;&gt;&lt;img onerror=&#39;x&#39;&gt;&amp;</b>1</p>`,
    )
  })
})

import { once } from 'node:events'
import { access, readlink, writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type DeployOptions, git, Host, Release } from 'dye-deploy'
import { execa } from 'execa'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { webApp } from '../../examples/web-app.js'
import { startBrowser } from '../support/browser.js'
import { needsProgram } from '../support/needs.js'
import { HERMETIC_GIT } from '../support/project-repository.js'
import { localPlace } from '../support/temporary.js'

needsProgram('chromium', 'deploys in a web app', () => {
  const place = localPlace()
  const at = (...names: readonly string[]) => join(place.directory, ...names)
  let server: Server
  let browser: Browser
  let page: Page
  let url: string

  const section = (site: string) => ({
    click: (name: string) => page.locator(`#${site} button`, { hasText: name }).click(),
    says: (text: string) => page.locator(`#${site} output`, { hasText: new RegExp(`^${text}$`) }).waitFor(),
    shows: (text: string) => page.locator(`#${site} li`, { hasText: text }).first().waitFor(),
  })

  beforeAll(async () => {
    const run = (...words: readonly string[]) => execa('git', words, { cwd: at('site'), env: HERMETIC_GIT })
    await execa('git', ['init', '-q', '-b', 'main', at('site')], { env: HERMETIC_GIT })
    await writeFile(at('site/index.php'), '<?php echo "it is there";')
    await run('add', '.')
    await run('commit', '-q', '-m', 'The first page')
    const host = Host.local() // both sites are on the same
    const optionsOf = (project: string): DeployOptions => ({
      project,
      environment: 'staging',
      hosts: [host],
      source: git(at('site')).branch('main'),
      release: Release.under(place.directory),
      questions: { branchMismatch: 'continue' },
      hooks: {
        before: {
          // until it may go on
          'switch-release': async ({ host: there }) => {
            await there.run`until [ -e ${at(`go-${project}`)} ]; do sleep 0.05; done`
          },
        },
      },
    })
    server = webApp(new Map(['carers', 'people'].map(project => [project, optionsOf(project)])))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    browser = await startBrowser()
    page = await browser.newPage()
    await page.goto(url)
  })

  afterAll(async () => {
    await browser?.close()
    server?.closeAllConnections()
    server?.close()
  })

  it('run two at once, are watched while they run, and one is cancelled', async () => {
    const [carers, people] = [section('carers'), section('people')]
    await carers.click('Deploy')
    await people.click('Deploy')
    for (const site of [carers, people]) {
      await site.shows('fetch-source on local')
      await site.says('running')
    }
    await carers.click('Cancel')
    await carers.says('cancelled')
    await carers.shows(': undone')
    await people.says('running')
    await writeFile(at('go-people'), '')
    await people.says('deployed')
    expect(await readlink(at('people/dev'))).toContain('previous/')
    await expect(access(at('carers/dev'))).rejects.toThrow('ENOENT')
  })

  it('are shown to who comes later, and can be started again', async () => {
    await page.reload()
    const carers = section('carers')
    await carers.says('cancelled')
    await writeFile(at('go-carers'), '')
    await carers.click('Deploy')
    await carers.says('deployed')
    await carers.shows('switch-release on local')
    expect(await readlink(at('carers/dev'))).toContain('previous/')
  })

  it('are not begun by pages of others', async () => {
    const answers = await Promise.all([
      fetch(`${url}/deploys/people`, { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } }),
      fetch(`${url}/deploys/nothing`),
    ])
    expect(answers.map(({ status }) => status)).toEqual([403, 404])
  })
})

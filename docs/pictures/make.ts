/** `npm run pictures`: what people see of a deploy, out of deploys of a Django site to a throwaway server. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { type DeployListener, deploy, terminal, timeline } from '../../src/index.js'
import { startBrowser } from '../../test/support/browser.js'
import { carers, REPOSITORY, sshHost } from '../../test/support/carers.js'
import { ProjectRepository } from '../../test/support/project-repository.js'
import { TestServer } from '../../test/support/test-server.js'
import { Screen } from './screen.js'

const HERE = fileURLToPath(new URL('.', import.meta.url))

/** A migration that fails when it is run, so that everything is taken back in the maintenance window. */
const BROKEN = `
from django.db import migrations

def divide(apps, schema_editor):
    return 1 / 0

class Migration(migrations.Migration):
    dependencies = [('visits', '0002_visit_note')]
    operations = [migrations.RunPython(divide)]
`

async function picture(browser: Browser, name: string, content: string, width: number): Promise<void> {
  const page = await browser.newPage({ viewport: { width, height: 200 } })
  await page.setContent(content)
  await page.screenshot({ path: join(HERE, `${name}.png`), fullPage: true })
  await page.close()
  console.log(`${name}.png`)
}

/** Terminals that watch one deploy: each has a page of the time when the database was migrated, and one of the end. */
function terminals() {
  const screens = {
    'terminal-wide': new Screen(100, { rows: 40 }),
    'terminal-narrow': new Screen(46, { rows: 40 }),
    'terminal-ci': new Screen(100, { isTTY: false }),
  }
  const during = new Map<string, Promise<string>>()
  const shown = Object.values(screens).map(({ stream, env }) => terminal({ stream, env }))
  const watch: DeployListener = event => {
    if (event.type !== 'step-started' || event.step !== 'migrate-database') return
    for (const [name, screen] of Object.entries(screens))
      during.set(
        name,
        pause(120).then(() => screen.page()),
      )
  }
  return { listeners: [...shown, watch], screens, during }
}

const directory = await mkdtemp(join(tmpdir(), 'dye-pictures-'))
await using server = await TestServer.start({ with: ['apache2', 'mariadb'] })
const browser = await startBrowser()
try {
  const repository = await ProjectRepository.create(join(directory, 'carers'))
  await repository.version2()
  await repository.commit('v3', { 'django/website/visits/migrations/0003_broken.py': BROKEN })
  await repository.pushTo(server, REPOSITORY)
  await using host = sshHost(server)
  await deploy(carers(host, 'v1'))

  const { listeners, screens, during } = terminals()
  const good = join(directory, 'good.html')
  await deploy(carers(host, 'v2', { onEvent: [...listeners, timeline(good)] }))
  for (const [name, screen] of Object.entries(screens)) {
    const running = await during.get(name)
    if (running !== undefined && screen.isTTY)
      await picture(browser, `${name}-running`, running, screen.width)
    await picture(browser, name, await screen.page(), screen.width)
  }
  await picture(browser, 'timeline', await readFile(good, 'utf8'), 1200)

  const bad = join(directory, 'bad.html')
  await deploy(carers(host, 'v3', { onEvent: timeline(bad) }))
  await picture(browser, 'timeline-failed', await readFile(bad, 'utf8'), 1200)
} finally {
  await browser.close()
  await rm(directory, { recursive: true, force: true })
}

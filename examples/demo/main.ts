/** The main job on this machine: deploy, deploy with a migration while a client keeps asking, roll back. */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Deployment, type DeployResult, Host, rollback } from 'dye-deploy'
import { ask, askDuring } from './asking-client.js'
import { deployfile, releaseUnder } from './deployfile.js'
import { findPython } from './find-python.js'
import { LoopbackServer } from './loopback-server.js'
import { onlyOne } from './only-one.js'
import { commitVersion2, createRepository, requirements } from './site-repository.js'
import { type Chapter, say, summarize } from './summary.js'

const directory = fileURLToPath(new URL('../../.demo', import.meta.url))
const home = join(directory, 'home')
const repository = join(directory, 'repository')
const log = join(directory, 'server.log')

async function main(signal: AbortSignal): Promise<boolean> {
  await using ours = await onlyOne(directory)
  if (!ours) {
    console.error(`Another demo is using ${directory}: wait until it has ended.`)
    return false
  }
  say('Looking for a Python with Django')
  await Promise.all(
    [home, repository, log].map(path => rm(path, { recursive: true, force: true, maxRetries: 5 })),
  )
  await mkdir(home, { recursive: true })
  await using here = Host.local().limitedBy({ signal })
  const found = await findPython(here, directory, requirements)
  signal.throwIfAborted()
  if (typeof found === 'string') {
    console.error(found)
    return false
  }
  console.log(`Django comes from ${found.from}`)

  const release = releaseUnder(home)
  await using webServer = await LoopbackServer.start(release.layoutOf('demo'), log)
  const { url } = webServer
  const options = deployfile({ repository, release, virtualenv: found.virtualenv, webServer, signal })
  const deployment = new Deployment(options).skip('link-cron') // cron would need root
  const chapters: Chapter[] = []
  const chapter = async (title: string, version: number, act: () => Promise<DeployResult>) => {
    const { result, answers } = await askDuring(url, act)
    signal.throwIfAborted()
    chapters.push({ title, result, version, answers, page: (await ask(url)).text })
  }

  say(`Version 1 goes to ${url}`)
  await createRepository(here, repository)
  const result = await deployment.run()
  signal.throwIfAborted()
  chapters.push({ title: 'Version 1', result, version: 1, page: (await ask(url)).text })

  say('Version 2 brings a migration, while a client asks for the page again and again')
  await commitVersion2(here, repository)
  await chapter('Version 2', 2, () => deployment.run())

  say('Back to version 1, while the client goes on')
  await chapter('Rollback', 1, () => rollback(options))

  say('What happened')
  const asPromised = summarize(chapters)
  const { root, journal, live, releases } = release.layoutOf('demo')
  console.log('\nWhere the files are')
  const places = { home: root, live, releases, journal, repository, 'log of the server': log }
  for (const [name, path] of Object.entries(places)) console.log(`  ${name.padEnd(20)}${path}`)
  return asPromised
}

const stopping = new AbortController()
const stop = () => stopping.abort()
process.on('SIGINT', stop).on('SIGTERM', stop)
try {
  process.exitCode = (await main(stopping.signal)) ? 0 : 1
} catch (error) {
  if (!stopping.signal.aborted) throw error
  say('Stopped: the server is ended, the files are left as they are')
  process.exitCode = 130
} finally {
  process.off('SIGINT', stop).off('SIGTERM', stop)
}

/** The main job on this machine: deploy, deploy with a migration while a client keeps asking, roll back. */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Host } from 'dye-deploy'
import { deployfile, releaseUnder } from './deployfile.js'
import { findPython } from './find-python.js'
import { LoopbackServer } from './loopback-server.js'
import { onlyOne } from './only-one.js'
import { requirements } from './site-repository.js'
import { tell } from './story.js'
import { say, summarize } from './summary.js'

const directory = fileURLToPath(new URL('../../.demo', import.meta.url))
const home = join(directory, 'home')
const repository = join(directory, 'repository')
const log = join(directory, 'server.log')

/** @returns true if everything was as promised */
async function main(signal: AbortSignal): Promise<boolean> {
  await using ours = await onlyOne(directory)
  if (!ours) {
    console.error(`Another demo is using ${directory}: wait until it has ended.`)
    return false
  }
  say('Looking for a Python with Django')
  for (const path of [home, repository, log]) await rm(path, { recursive: true, force: true, maxRetries: 5 })
  await mkdir(home, { recursive: true })
  await using host = Host.local().limitedBy({ signal })
  const found = await findPython(host, directory, requirements)
  signal.throwIfAborted()
  if (typeof found === 'string') {
    console.error(found)
    return false
  }
  console.log(`Django comes from ${found.from}`)

  const release = releaseUnder(home)
  const { root, live, releases, journal } = release.layoutOf('demo')
  await using webServer = await LoopbackServer.start(release.layoutOf('demo'), log)
  const options = deployfile({ repository, release, virtualenv: found.virtualenv, webServer, signal })
  const chapters = await tell({ url: webServer.url, host, repository, options, signal })

  say('What happened')
  const asPromised = summarize(chapters)
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

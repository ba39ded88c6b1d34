import { format } from 'node:util'
import createDebug from 'debug'
import { afterEach, expect, it } from 'vitest'
import { deploy } from '../../../src/deploy/deploy.js'
import { FakeHost } from '../../../src/testing.js'
import { carers, REPOSITORY } from '../../support/carers.js'
import { carersRepository } from '../../support/carers-in-memory.js'

const log = createDebug.log

afterEach(() => {
  createDebug.disable()
  createDebug.log = log
})

/** What is printed while version 1 is deployed to a server in memory. */
async function printed(namespaces: string): Promise<readonly string[]> {
  const lines: string[] = []
  createDebug.log = (...words) => lines.push(format(...words))
  createDebug.enable(namespaces)
  const host = FakeHost.server({ repositories: { [REPOSITORY]: await carersRepository() } })
  expect((await deploy(carers(host, 'v1'))).outcome).toBe('deployed')
  return lines
}

it('has a namespace for each folder, all of which can be had at once', async () => {
  const lines = await printed('dye:*')
  const namespaces = new Set(lines.flatMap(line => /dye:([\w-]+)/.exec(line)?.[1] ?? []))
  expect([...namespaces].sort()).toEqual(['database', 'deploy', 'release', 'virtualenv', 'web-server'])
})

it('can be had of one folder only', async () => {
  const lines = await printed('dye:virtualenv')
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(/dye:virtualenv \w+ is new: there was none/)
})

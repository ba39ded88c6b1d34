// whole-deploy.test.ts
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deploy, git } from 'dye-deploy'
import { FakeHost, FakeRepository } from 'dye-deploy/testing'

const url = 'git@git.example.org:carers.git'
const repository = FakeRepository.of({ 'index.html': 'old' }).commit({ files: { 'index.html': 'new' } })
const project = { project: 'carers', environment: 'production', source: git(url).branch('main') } as const

test('leaves the old release live when the connection is lost in the switch', async () => {
  const host = FakeHost.server({ repositories: { [url]: repository } })
  const first = await deploy({ ...project, hosts: [host] })
  assert.equal(first.outcome, 'deployed')
  assert.equal(await host.files.readText('/var/django/carers/dev/index.html'), 'new')

  host.dropAt('switch-release') // or failAt(…), fillDisk(…), slow(…)
  const second = await deploy({ ...project, hosts: [host] })
  assert.equal(second.outcome, 'rolled-back')
  assert.ok(host.tree('/var/django/carers', 1).includes(`dev -> previous/${first.release}`))
})

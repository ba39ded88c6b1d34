import { describe, expect, it } from 'vitest'
import { Deployment } from '../../../src/deploy/deployment.js'
import { git } from '../../../src/source/git.js'
import { FakeHost, FakeRepository } from '../../../src/testing.js'
import type { Balancer } from '../../../src/web-server/balancer.js'

describe('a plan', () => {
  const url = 'git@git.example.org:carers.git'
  const repository = FakeRepository.of({ page: 'hello' })
  const server = () => FakeHost.server({ repositories: { [url]: repository } })

  const options = (host: FakeHost) => ({
    project: 'carers',
    environment: 'staging',
    hosts: [host] as const,
    source: git(url),
    directory: '/',
  })

  it('leaves nothing behind', async () => {
    const host = server()
    const before = host.tree('/')
    const { isClear, revision } = await new Deployment(options(host)).plan()
    expect(isClear).toBe(true)
    expect(revision).toBe(repository.revision('main'))
    expect(host.tree('/')).toEqual(before)
  })

  it('asks a balancer whether it knows the host, and takes nothing out', async () => {
    const said: string[] = []
    const move = (what: string) => async () => {
      said.push(what)
      return { changed: what !== 'check', note: what }
    }
    const close = async () => {
      said.push('close')
      return { roundTrips: 0, connections: 0 }
    }
    const balancer: Balancer = {
      title: 'a balancer',
      open: () => ({ check: move('check'), leave: move('leave'), join: move('join'), close }),
    }
    const { steps } = await new Deployment({ ...options(server()), balancer }).plan()
    expect(said).toEqual(['check', 'close'])
    const what = (name: string) => steps.find(({ step }) => step === name)?.what
    expect(what('check-balancer')).toBe('nothing')
    expect(what('leave-balancer')).toBe('change')
    expect(what('join-balancer')).toBe('change')
  })
})

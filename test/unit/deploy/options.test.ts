import { describe, expect, it } from 'vitest'
import { Deployment } from '../../../src/deploy/deployment.js'
import type { DeployOptions } from '../../../src/deploy/options.js'
import { resolveOptions } from '../../../src/deploy/options.js'
import { OptionError } from '../../../src/errors/option-error.js'
import { Host } from '../../../src/host/host.js'
import { git } from '../../../src/source/git.js'

const options: DeployOptions = {
  project: 'carers',
  environment: 'production',
  hosts: [Host.local()],
  source: git('x'),
}

describe('options', () => {
  it.each<[Partial<DeployOptions>, string]>([
    [{ project: 'Car ers' }, 'project'],
    [{ project: '../etc' }, 'project'],
    [{ project: '-rf' }, 'project'],
    [{ project: 'a;b' }, 'project'],
    [{ environment: '' }, 'environment'],
    [{ hosts: [] }, 'hosts'],
  ])('%j are refused before anything is done', (wrong, option) => {
    const make = () => new Deployment({ ...options, ...wrong })
    expect(make).toThrow(OptionError)
    expect(make).toThrow(`"${option}"`)
  })

  it('have safe defaults', () => {
    const resolved = resolveOptions(options)
    expect(resolved).toMatchObject({ downtime: 'auto', diskLimitPercent: 85, dailyDumps: 30, questions: {} })
    expect(resolved.layout.root).toBe('/var/django/carers')
    expect(resolved.releaseName).toMatch(/^\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d$/)
    expect(resolveOptions({ ...options, environment: 'staging' }).dailyDumps).toBe(false)
  })
})

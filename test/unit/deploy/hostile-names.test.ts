import fc from 'fast-check'
import { expect, it } from 'vitest'
import { deploy } from '../../../src/deploy/deploy.js'
import type { DeployOptions } from '../../../src/deploy/options.js'
import { DyeError } from '../../../src/errors/dye-error.js'
import { OptionError } from '../../../src/errors/option-error.js'
import { Release } from '../../../src/release/release.js'
import { git } from '../../../src/source/git.js'
import { FakeHost, FakeRepository } from '../../../src/testing.js'

const RUNS = 60
const CANARY = 'touch /tmp/canary'

/** What people, or those who are no friends, may write where a name is wanted. */
const hostile = fc.oneof(
  fc.constantFrom(
    `x; ${CANARY}`,
    `$(${CANARY})`,
    `\`${CANARY}\``,
    `x' && ${CANARY} && echo 'x`,
    `x" && ${CANARY} && echo "x`,
    `x\n${CANARY}\n`,
    `| ${CANARY}`,
    `--upload-pack=${CANARY}`,
    '-rf',
    '--',
    '..',
    '../../etc',
    '/etc/passwd',
    '~',
    '*',
    '',
    ' ',
    'a b',
    'a\\b',
    'a\0b',
    '%s%n',
    '\u202Ename',
    'naïve-ø-名',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
)

/** Where a name is put: options for a deploy with it, and the repository that it needs. */
const PLACES: Readonly<Record<string, (name: string) => Partial<DeployOptions>>> = {
  project: project => ({ project }),
  environment: environment => ({ environment }),
  'the directory of releases': name => ({ release: Release.under(`/srv/${name}`) }),
  'a shared path': name => ({ release: Release.under('/srv').share(name) }),
  'a branch': name => ({ source: git('/repository').branch(name) }),
  'a tag': name => ({ source: git('/repository').tag(name) }),
  'a revision': name => ({ source: git('/repository').revision(name) }),
  'the address of the repository': name => ({ source: git(name).branch('main') }),
  'a subdirectory of it': name => ({ source: git('/repository').subdirectory(name) }),
  'what the lock says': message => ({ lock: { message } }),
}

const TIMEOUT_MS = 60_000

it.each(Object.keys(PLACES))(
  'are refused, or nothing but names: %s',
  async place => {
    const property = fc.asyncProperty(hostile, async name => {
      fc.pre(place !== 'the directory of releases' || !name.includes('..')) // it is where one says
      const repository = FakeRepository.of({ page: 'hello' }, 'v1')
      const host = FakeHost.server({ repositories: { '/repository': repository } })
      const elsewhere = () => host.tree('/').filter(path => !path.startsWith('srv'))
      const before = new Set(elsewhere())
      expect(before).toContain('tmp/')
      const usual = { project: 'carers', environment: 'staging', source: git('/repository').branch('main') }
      try {
        const options = { ...usual, release: Release.under('/srv'), hosts: [host], ...PLACES[place]?.(name) }
        const { outcome, error } = await deploy(options)
        if (error) expect(error).toBeInstanceOf(DyeError)
        else expect(outcome).toMatch(/^deployed/)
      } catch (error) {
        expect(error).toBeInstanceOf(OptionError)
      }
      expect(elsewhere().filter(path => !before.has(path))).toEqual([])
    })
    await fc.assert(property, { numRuns: RUNS })
  },
  TIMEOUT_MS,
)

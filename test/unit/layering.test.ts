import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { importsOf, readSources, type SourceFile } from '../support/imports.js'

/** The house, from the ground up: a folder imports only from those below it. */
const LAYERS: Readonly<Record<string, number>> = {
  errors: 0,
  support: 0,
  command: 1,
  host: 2,
  source: 3,
  release: 4,
  virtualenv: 5,
  database: 6,
  application: 7,
  service: 8,
  'web-server': 9,
  deploy: 10,
  develop: 10,
  report: 11,
  fake: 11,
}
const DOORS = ['index.ts', 'testing.ts']
const DOOR_LAYER = 12

/** Third-party packages, and the one folder that may import each. */
const PACKAGES: Readonly<Record<string, string>> = {
  debug: 'support',
  'p-retry': 'support',
  execa: 'host',
  'node-ssh': 'host',
  ssh2: 'host',
  'ssh-config': 'host',
  tar: 'host',
  ignore: 'source',
  '@clack/prompts': 'report',
  'log-update': 'report',
  '@opentelemetry/api': 'report',
  unbash: 'fake',
}

const LONGEST_FILE = 250

function folderOf(path: string): string {
  return path.includes('/') ? (path.split('/')[0] ?? '') : ''
}

function layerOf(path: string): number {
  return DOORS.includes(path) ? DOOR_LAYER : (LAYERS[folderOf(path)] ?? Number.NaN)
}

function violation(path: string, imported: string): string | undefined {
  if (imported.startsWith('node:')) return undefined
  const from = folderOf(path)
  if (!imported.endsWith('.ts')) {
    return PACKAGES[imported] === from ? undefined : `${path} imports the package ${imported}`
  }
  if (folderOf(imported) === from && from !== '') return undefined
  if (folderOf(imported) === 'fake' && path !== 'testing.ts') return `${path} imports ${imported}`
  const closed = from === 'errors' || from === 'support'
  return layerOf(imported) < layerOf(path) && !closed ? undefined : `${path} imports ${imported}`
}

/** Imports that run upward, sideways, or to a package that is none of the folder's business. */
function violations(files: readonly Pick<SourceFile, 'path' | 'imports'>[]): string[] {
  return files.flatMap(({ path, imports }) => imports.flatMap(imported => violation(path, imported) ?? []))
}

const files = await readSources(fileURLToPath(new URL('../../src', import.meta.url)))

describe('the layers', () => {
  it.each([
    ['host/host.ts', 'deploy/deploy.ts'],
    ['command/command.ts', 'host/host.ts'],
    ['errors/dye-error.ts', 'support/log.ts'],
    ['support/log.ts', 'errors/dye-error.ts'],
    ['deploy/deploy.ts', 'develop/develop.ts'],
    ['develop/develop.ts', 'deploy/deploy.ts'],
    ['deploy/deploy.ts', 'index.ts'],
    ['index.ts', 'testing.ts'],
    ['deploy/deploy.ts', 'fake/fake-host.ts'],
    ['index.ts', 'fake/fake-host.ts'],
    ['source/git.ts', 'execa'],
    ['host/retry.ts', 'p-retry'],
    ['host/host.ts', 'left-pad'],
  ])('refuse that %s imports %s', (path, imported) => {
    expect(violations([{ path, imports: [imported] }])).toHaveLength(1)
  })

  it.each([
    ['deploy/steps/reload.ts', 'deploy/step.ts'],
    ['report/terminal.ts', 'deploy/events.ts'],
    ['index.ts', 'errors/dye-error.ts'],
    ['host/local-connection.ts', 'execa'],
    ['host/host.ts', 'node:path'],
  ])('let %s import %s', (path, imported) => {
    expect(violations([{ path, imports: [imported] }])).toEqual([])
  })

  it('see every kind of import', () => {
    const text = [
      "import a from './a.js'",
      "import type { B } from '../errors/b.js'",
      "export { c } from './c.js'",
      "export * from './d.js'",
      "import './e.js'",
      "const f = await import('./f.js')",
      "import {\n  g,\n} from './g.js'",
      "/** @example import { no } from './no.js' */",
    ].join('\n')
    const names = ['a', 'c', 'd', 'e', 'f', 'g'].map(name => `host/${name}.ts`)
    expect(importsOf('host/x.ts', text).sort()).toEqual(['errors/b.ts', ...names].sort())
  })

  it('hold in the whole house', () => {
    expect(files.length).toBeGreaterThan(90)
    expect(files.flatMap(({ imports }) => imports).length).toBeGreaterThan(200)
    expect(violations(files)).toEqual([])
  })
})

describe('the house', () => {
  it('has no folder that is not in the plan', () => {
    expect(files.filter(({ path }) => Number.isNaN(layerOf(path))).map(({ path }) => path)).toEqual([])
  })

  it('has kebab-case nouns for file names, and no inner index', () => {
    const names = files.map(({ path }) => path)
    expect(
      names.filter(name => !/^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(name)),
    ).toEqual([])
    expect(names.filter(name => /\/index\.ts$|utils|helpers|manager/.test(name))).toEqual([])
  })

  it('has no default exports and no enums', () => {
    const found = files.filter(({ text }) => /^export default|^(export )?(const )?enum /m.test(text))
    expect(found.map(({ path }) => path)).toEqual([])
  })

  it('has no file that is too long, comments not counted', () => {
    const lengths = files.map(({ path, text }) => {
      const lines = text.replace(/\/\*\*[\s\S]*?\*\//g, '').split('\n')
      return { path, lines: lines.filter(line => line.trim() !== '').length }
    })
    expect(lengths.filter(({ lines }) => lines > LONGEST_FILE)).toEqual([])
  })
})

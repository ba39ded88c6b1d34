import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const BIN = join(ROOT, 'node_modules/.bin')

let directory: string
let tarball: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dye-package-'))
  await execa('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', directory], { cwd: ROOT })
  tarball = join(directory, (await readdir(directory)).find(name => name.endsWith('.tgz')) ?? '')
  await writeFile(join(directory, 'package.json'), '{ "type": "module", "private": true }')
  await execa('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball], { cwd: directory })
}, 180_000)

afterAll(async () => {
  await rm(directory, { recursive: true, force: true })
})

it('has what is needed, and nothing else', async () => {
  const { stdout } = await execa('tar', ['-tf', tarball])
  const files = stdout.split('\n').map(name => name.replace('package/', ''))
  expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'CHANGELOG.md', 'dist/index.js']))
  expect(
    files.filter(name => !/^(dist\/|LICENSE|README\.md|CHANGELOG\.md|package\.json)/.test(name)),
  ).toEqual([])
})

it('passes publint', async () => {
  const { exitCode, all } = await execa(join(BIN, 'publint'), ['run', tarball, '--strict'], {
    reject: false,
    all: true,
  })
  expect(all).toContain('All good')
  expect(exitCode).toBe(0)
})

it('has types that resolve: attw', async () => {
  const words = [tarball, '--profile', 'esm-only', '--no-color']
  const { exitCode, all } = await execa(join(BIN, 'attw'), words, { reject: false, all: true })
  expect(all).toContain('dye-deploy/testing')
  expect(exitCode, all).toBe(0)
})

it('runs and type-checks in a project of its own', async () => {
  const program = `
    import { Deployment, git, Host, OptionError } from 'dye-deploy'
    import { FakeHost } from 'dye-deploy/testing'
    const host: Host = new FakeHost().answer('uptime', 'up')
    const { stdout } = await host.ask\`uptime\`
    console.log(stdout, git('x').title)
    try {
      new Deployment({ project: 'X', environment: 'y', hosts: [host], source: git('x') })
    } catch (error) {
      console.log(error instanceof OptionError)
    }
    await using local = Host.local()
    console.log((await local.ask\`echo \${'it runs'}\`).stdout)
  `
  await writeFile(join(directory, 'program.ts'), program)
  const strict = [
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--lib',
    'es2023,esnext.disposable',
  ]
  await execa(
    join(BIN, 'tsc'),
    [
      ...strict,
      '--noEmit',
      '--skipLibCheck',
      'false',
      '--types',
      'node',
      '--typeRoots',
      join(ROOT, 'node_modules/@types'),
      'program.ts',
    ],
    { cwd: directory },
  )
  const { stdout } = await execa(join(BIN, 'tsx'), ['program.ts'], { cwd: directory })
  expect(stdout).toBe('up branch main of x\ntrue\nit runs')
})

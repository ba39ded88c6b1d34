import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { expect, inject, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const BIN = join(ROOT, 'node_modules/.bin')
const { tarball, installed } = inject('packed')

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

it('is as large as the CHANGELOG says, and brings as many packages', async () => {
  const said = /^- Size: (\d+) kB packed; (\d+) packages with it, (\d+\.\d) MB installed\.$/m
  const [, packed, packages, megabytes] = said.exec(await readFile(join(ROOT, 'CHANGELOG.md'), 'utf8')) ?? []
  const { stdout } = await execa('du', ['-sk', ...installed])
  const kilobytes = stdout.split('\n').reduce((sum, line) => sum + Number.parseInt(line, 10), 0)
  const sizes = `${Math.round((await stat(tarball)).size / 1000)} kB packed, ${(kilobytes / 1000).toFixed(1)} MB installed`
  expect(installed.length, sizes).toBe(Number(packages))
  expect(Math.abs((await stat(tarball)).size / 1000 / Number(packed) - 1), sizes).toBeLessThan(0.1)
  expect(Math.abs(kilobytes / 1000 / Number(megabytes) - 1), sizes).toBeLessThan(0.1)
})

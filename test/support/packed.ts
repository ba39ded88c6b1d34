import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import type { TestProject } from 'vitest/node'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The oldest TypeScript that we name. */
export const OLDEST_TYPESCRIPT = '5.2.2'

/** Whether an optional part of ssh2 can be compiled here is not to count. */
const QUIETLY = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts']

declare module 'vitest' {
  export interface ProvidedContext {
    /** The tarball of the package, and a directory of its own that has it installed. */
    packed: {
      readonly tarball: string
      readonly directory: string
      /** Paths of all packages that it brought along, itself included. */
      readonly installed: readonly string[]
    }
  }
}

/** Once before the tests of the package: packs it, and installs it as a user would, who has an old TypeScript. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'dye-package-'))
  const inThere = { cwd: directory, stdin: 'ignore' } as const
  await execa('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', directory], { cwd: ROOT })
  const tarball = join(directory, (await readdir(directory)).find(name => name.endsWith('.tgz')) ?? '')
  await writeFile(join(directory, 'package.json'), '{ "type": "module", "private": true }')
  const install = (...words: readonly string[]) => execa('npm', ['install', ...QUIETLY, ...words], inThere)
  await install(tarball)
  const { stdout } = await execa('npm', ['ls', '--all', '--parseable'], inThere)
  const installed = stdout.trim().split('\n').slice(1)
  await install('--no-save', `typescript@${OLDEST_TYPESCRIPT}`, '@types/node@20')
  project.provide('packed', { tarball, directory, installed })
  return () => rm(directory, { recursive: true, force: true })
}

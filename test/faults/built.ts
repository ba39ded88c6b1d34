import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsup'
import type { TestProject } from 'vitest/node'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

declare module 'vitest' {
  export interface ProvidedContext {
    /** The program that deploys, ready to run. */
    deployer: string
  }
}

/** Once before all faults: makes one file out of the deployer and the library, so that it starts quickly. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'dye-faults-'))
  await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'))
  await build({
    ...{ config: false, silent: true, format: 'esm', target: 'node20', splitting: false },
    entry: [join(ROOT, 'test/faults/deployer.ts')],
    outDir: join(directory, 'built'),
    outExtension: () => ({ js: '.mjs' }),
    noExternal: ['dye-deploy'],
    esbuildOptions: options => {
      options.alias = { 'dye-deploy': join(ROOT, 'src/index.ts') }
    },
  })
  project.provide('deployer', join(directory, 'built/deployer.mjs'))
  return () => rm(directory, { recursive: true, force: true })
}

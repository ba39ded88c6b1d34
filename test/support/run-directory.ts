import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A directory for what several test files of a run use. */
    runDirectory: string
  }
}

/** Once before all tests of a project. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'dye-run-'))
  project.provide('runDirectory', directory)
  return () => rm(directory, { recursive: true, force: true })
}

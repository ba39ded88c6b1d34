import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(ROOT, 'test/.guides-'))
})

afterAll(() => rm(directory, { recursive: true }))

it('has tests in the guide to testing that pass', async () => {
  const text = await readFile(join(ROOT, 'docs/testing.md'), 'utf8')
  const blocks = [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code)
  const files = blocks
    .filter(code => code.includes("'node:test'"))
    .map(async (code, index) => {
      const file = join(directory, `${index}.test.ts`)
      await writeFile(file, code)
      return file
    })
  const { stdout } = await execa('npx', ['tsx', '--test', ...(await Promise.all(files))], { cwd: ROOT })
  expect(stdout).toMatch(/(#|ℹ) pass 4\n/)
}, 60_000)

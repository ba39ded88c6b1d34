import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { QUOTED_BY_GUIDES } from '../../support/documents.js'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

let directory: string

/** The guides, by the names of their files. */
async function guides(): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(join(ROOT, 'docs'))).filter(name => name.endsWith('.md'))
  const texts = names.map(async name => [name, await readFile(join(ROOT, 'docs', name), 'utf8')] as const)
  return new Map(await Promise.all(texts))
}

beforeAll(async () => {
  directory = await mkdtemp(join(ROOT, 'test/.guides-'))
})

afterAll(async () => {
  await rm(directory, { recursive: true })
})

it('has code in its guides that the types accept', async () => {
  let count = 0
  for (const [guide, text] of await guides()) {
    for (const [index, [, code = '']] of [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].entries()) {
      await writeFile(join(directory, `${guide}-${index}.ts`), code)
      count += 1
    }
  }
  expect(count).toBeGreaterThan(8)
  for (const name of ['options.ts', ...QUOTED_BY_GUIDES]) {
    await copyFile(join(ROOT, 'examples', name), join(directory, name))
  }
  const compilerOptions = { noEmit: true, noUnusedLocals: false }
  const configuration = { extends: '../../tsconfig.json', compilerOptions, include: ['*.ts'] }
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(configuration))
  const { stdout } = await execa('npx', ['tsc', '-p', directory], { cwd: ROOT, reject: false })
  expect(stdout).toBe('')
}, 120_000)

it.each(QUOTED_BY_GUIDES)('quotes %s as it is', async name => {
  const example = await readFile(join(ROOT, 'examples', name), 'utf8')
  const quoting = [...(await guides()).values()].filter(text => text.includes(`\`\`\`ts\n${example}\`\`\`\n`))
  expect(quoting).toHaveLength(1)
  expect(example.split('\n').length).toBeLessThanOrEqual(40)
})

it('has no guide that the README does not name, and names none that is not there', async () => {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8')
  const named = [...readme.matchAll(/\]\(docs\/([\w-]+\.md)\)/g)].map(([, name]) => name)
  expect([...new Set(named)].sort()).toEqual([...(await guides()).keys()].sort())
})

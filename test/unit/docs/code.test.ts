import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { QUOTED_BY_GUIDES } from '../../support/readme.js'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(ROOT, 'test/.guides-'))
})

afterAll(async () => {
  await rm(directory, { recursive: true })
})

it('has code in its guides that the types accept', async () => {
  let count = 0
  for (const guide of await readdir(join(ROOT, 'docs'))) {
    const text = await readFile(join(ROOT, 'docs', guide), 'utf8')
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
  const guides = (await readdir(join(ROOT, 'docs'))).map(guide => readFile(join(ROOT, 'docs', guide), 'utf8'))
  const quoting = (await Promise.all(guides)).filter(text => text.includes(`\`\`\`ts\n${example}\`\`\`\n`))
  expect(quoting).toHaveLength(1)
  expect(example.split('\n').length).toBeLessThanOrEqual(40)
})

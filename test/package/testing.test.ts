import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const { directory } = inject('packed')

/** Where tests of a project stand that has the package installed. */
let place: string

beforeAll(async () => {
  place = await mkdtemp(join(directory, 'testing-'))
})

afterAll(() => rm(place, { recursive: true, force: true }))

/** The example, whose words are those of Node's test runner; the others have the same. */
async function example(name: string, runner: string): Promise<void> {
  const text = await readFile(join(ROOT, 'examples/whole-deploy.test.ts'), 'utf8')
  const plain = text.replace(' as const', '').replace("import { test } from 'node:test'", runner)
  await writeFile(join(place, name), plain)
}

describe('a whole deploy to a server in memory', () => {
  it('runs under the test runner of Node', async () => {
    await example('whole.test.mjs', "import { test } from 'node:test'")
    const { stdout } = await execa('node', ['--test', 'whole.test.mjs'], { cwd: place })
    expect(stdout).toMatch(/(#|ℹ) pass 1/)
  })

  it('runs under Vitest', async () => {
    await example('whole.vitest.mjs', "import { test } from 'vitest'")
    const vitest = join(ROOT, 'node_modules/vitest')
    const alias = `{ resolve: { alias: { vitest: ${JSON.stringify(vitest)} } }, test: { include: ['whole.vitest.mjs'] } }`
    await writeFile(join(place, 'vitest.config.mjs'), `export default ${alias}`)
    const { stdout } = await execa(join(ROOT, 'node_modules/.bin/vitest'), ['run', '--reporter=json'], {
      cwd: place,
    })
    expect(JSON.parse(stdout)).toMatchObject({ numPassedTests: 1, numFailedTests: 0 })
  })

  it('runs under Jest', async () => {
    await example('whole.jest.mjs', '')
    await writeFile(join(place, 'package.json'), '{ "type": "module", "private": true }')
    await execa('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', 'jest@30'], {
      cwd: place,
      stdin: 'ignore',
    })
    const settings = JSON.stringify({ testMatch: ['**/whole.jest.mjs'], transform: {} })
    const { stderr } = await execa('npx', ['jest', '--config', settings], {
      cwd: place,
      env: { NODE_OPTIONS: '--experimental-vm-modules' },
    })
    expect(stderr).toContain('1 passed')
  }, 180_000)
})

it('is not loaded by those who only deploy', async () => {
  const text = await readFile(join(directory, 'node_modules/dye-deploy/dist/index.js'), 'utf8')
  expect(text).not.toContain('unbash')
})

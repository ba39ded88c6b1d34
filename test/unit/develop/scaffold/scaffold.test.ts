import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { draftDeployfile } from '../../../../src/develop/draft/draft-deployfile.js'
import { VERSION } from '../../../../src/develop/scaffold/node-files.js'
import { scaffold } from '../../../../src/develop/scaffold/scaffold.js'
import { SCAFFOLDS, WANTED } from '../../../support/scaffolds.js'
import { localPlace } from '../../../support/temporary.js'

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url))

describe('a new project', () => {
  const place = localPlace()

  it('has the files that are told, and says what to do next', async () => {
    const directory = join(place.directory, 'some where', 'carers')
    const { files, next } = await scaffold({ ...WANTED, directory })
    const there = (await readdir(directory, { recursive: true, withFileTypes: true }))
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name).slice(directory.length + 1))
    expect(there.sort()).toEqual([...files].sort())
    expect(files).toContain('django/website/local_settings.py.production')
    expect(next[0]).toBe(`cd '${directory}'`)
    expect(next).toContain('npm run develop')
    expect(await readdir(join(place.directory, 'some where'))).toEqual(['carers'])
    expect((await stat(join(directory, 'django/website/manage.py'))).mode & 0o111).toBe(0o111)
  })

  it('is written into a clone that is empty', async () => {
    const directory = join(place.directory, 'clone')
    await mkdir(join(directory, '.git'), { recursive: true })
    await scaffold({ ...WANTED, directory, ci: false })
    expect(await readdir(directory)).not.toContain('.github')
    expect(await readdir(directory)).toContain('.git')
  })

  it('is never written over what somebody has', async () => {
    const directory = join(place.directory, 'full')
    await mkdir(directory)
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await writeFile(join(directory, name), name)
    await expect(scaffold({ ...WANTED, directory })).rejects.toThrow(
      `${directory} is not empty: a, b, c, d, e and 1 more`,
    )
    await expect(scaffold({ ...WANTED, directory: join(directory, 'a') })).rejects.toThrow('cannot be used')
    expect(await readdir(directory)).toHaveLength(6)
  })

  it('wants the version of this package', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
    expect(VERSION).toBe(version)
  })
})

describe('what is in new projects of all kinds', () => {
  it('is accepted by the types, and so are drafts for them; the tests of their deployfiles pass', async () => {
    const directory = await mkdtemp(join(ROOT, 'test/.scaffolds-'))
    try {
      for (const [name, options] of SCAFFOLDS) {
        await scaffold({ ...options, directory: join(directory, name) })
        const { text } = await draftDeployfile({ directory: join(directory, name) })
        await writeFile(join(directory, name, 'drafted.ts'), text)
      }
      const paths = { 'dye-deploy': ['../../src/index.ts'], 'dye-deploy/testing': ['../../src/testing.ts'] }
      const configuration = {
        extends: './normal-sqlite-nginx/tsconfig.json',
        compilerOptions: { paths, erasableSyntaxOnly: false }, // the latter is for the projects, not for what they import
        include: ['*/*.ts', '*/tasks'],
      }
      await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(configuration))
      const { stdout } = await execa('npx', ['tsc', '-p', directory, '--listFiles'], {
        cwd: ROOT,
        reject: false,
      })
      const lines = stdout.split('\n')
      expect(lines.filter(line => line.includes(': error'))).toEqual([])
      expect(lines.filter(line => line.endsWith('/deployfile.test.ts'))).toHaveLength(12)
      // in one process, since each would read all of this package
      const tests = [...SCAFFOLDS.keys()].map(name => `import './${name}/deployfile.test.ts'\n`)
      await writeFile(join(directory, 'all.ts'), tests.join(''))
      const tested = await execa('npx', ['tsx', '--test', '--test-reporter=tap', 'all.ts'], {
        cwd: directory,
        reject: false,
      })
      expect(tested.stdout).toMatch(/^# pass 36$/m)
      expect(tested.exitCode).toBe(0)
    } finally {
      await rm(directory, { recursive: true })
    }
  }, 120_000)
})

import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { OLDEST_TYPESCRIPT } from '../support/packed.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const { directory } = inject('packed')

/** A primitive and a source that are not ours, in a project that has nothing but the package. */
describe('what a third party writes', () => {
  const at = (name: string) => join(directory, name)
  const program = `
    import { deploy, Host, Release } from 'dye-deploy'
    import { FakeHost } from 'dye-deploy/testing'
    import { Archive } from './archive.js'
    import { LogRotation } from './log-rotation.js'

    const [url = '', sha256 = '', place = ''] = process.argv.slice(2)
    const rotation = LogRotation.of('/var/log/carers.log').keep(3).in(place)
    const result = await deploy({
      project: 'carers',
      environment: 'staging',
      hosts: [Host.local()],
      source: new Archive(url, sha256),
      release: Release.under(place),
      hooks: {
        async postDeploy({ host }) {
          console.log(await rotation.ensure(host, 'carers.conf'), await rotation.ensure(host, 'carers.conf'))
        },
      },
    })
    if (result.error) console.log(result.error.message)
    console.log(result.outcome, result.revision)
    const uptime: Host = new FakeHost().answer('uptime', 'up')
    console.log((await uptime.ask\`uptime\`).stdout)
  `

  beforeAll(async () => {
    for (const name of ['archive.ts', 'log-rotation.ts']) {
      await copyFile(join(ROOT, 'examples', name), at(name))
    }
    await writeFile(at('program.ts'), program)
    await mkdir(at('site'))
    await writeFile(at('site/index.php'), '<?php echo "carers";')
    await execa('tar', ['-czf', at('site.tar.gz'), '-C', at('site'), '.'])
  })

  it('is accepted by the types, with the oldest TypeScript too', async () => {
    const strict = ['--strict', '--exactOptionalPropertyTypes', '--module', 'nodenext', '--target', 'es2022']
    const checking = ['--noEmit', '--skipLibCheck', 'false', '--types', 'node', 'program.ts']
    for (const tsc of [at('node_modules/.bin/tsc'), join(ROOT, 'node_modules/.bin/tsc')]) {
      const { all } = await execa(tsc, [...strict, ...checking], { cwd: directory, reject: false, all: true })
      expect(all).toBe('')
    }
    const { stdout } = await execa(at('node_modules/.bin/tsc'), ['--version'])
    expect(stdout).toBe(`Version ${OLDEST_TYPESCRIPT}`)
  })

  it('deploys', async () => {
    const { stdout: sum } = await execa('sha256sum', [at('site.tar.gz')])
    const [sha256 = ''] = sum.split(' ')
    const run = (hash: string, place: string) =>
      execa(
        join(ROOT, 'node_modules/.bin/tsx'),
        ['program.ts', `file://${at('site.tar.gz')}`, hash, at(place)],
        {
          cwd: directory,
        },
      )
    const { stdout } = await run(sha256, 'good')
    expect(stdout.split('\n')).toEqual([
      "{ changed: true, reason: 'there was none' } { changed: false, reason: 'it is as it should be' }",
      `deployed ${sha256}`,
      'up',
    ])
    expect(await readFile(at('good/carers.conf'), 'utf8')).toContain('rotate 3')
    expect(await readFile(at('good/carers/dev/index.php'), 'utf8')).toContain('carers')
    const forged = await run('0'.repeat(64), 'forged')
    expect(forged.stdout).toMatch(/^Could not /)
    expect(forged.stdout).toMatch(/^failed-before-switch undefined$/m)
  })
})

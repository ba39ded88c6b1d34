import { mkdir, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { execa, execaSync } from 'execa'
import { beforeAll, describe, expect, it } from 'vitest'
import { installManageWrapper } from '../../../src/develop/manage-wrapper.js'
import { localPlace } from '../../support/temporary.js'

/** Stands for Django's: it only says who runs it. */
const DJANGO = `import os
import sys


def execute_from_command_line(argv):
    print(sys.version_info[1], os.path.realpath(sys.prefix), *argv[1:])
`

/** All Pythons of this machine from 3.9 on, by version; at least the usual one. */
function pythons(): ReadonlyMap<string, string> {
  const say = 'import sys; print(sys.executable, *sys.version_info[:2])'
  const script = `for each in python3 /usr/bin/python3 python3.9 python3.1[0-9] '${homedir()}'/.pyenv/versions/3.*/bin/python3; do "$each" -c '${say}' 2>/dev/null; done; true`
  const { stdout } = execaSync('sh', ['-c', script])
  const found = stdout.split('\n').map(line => line.split(' '))
  return new Map(
    found.flatMap(([path, major, minor]) =>
      path && Number(major) === 3 && Number(minor) >= 9 ? [[`3.${minor}`, path] as const] : [],
    ),
  )
}

describe('a manage.py that finds its virtualenv', () => {
  const place = localPlace()
  let checkout: string
  const found = pythons()
  const manage = (python: string, ...words: readonly string[]) =>
    execa(python, [join(checkout, 'site/manage.py'), ...words], { cwd: '/', reject: false })

  beforeAll(async () => {
    checkout = join(place.directory, 'check out')
    await mkdir(join(checkout, 'site/django/core/management'), { recursive: true })
    for (const name of ['django', 'django/core'])
      await writeFile(join(checkout, 'site', name, '__init__.py'), '')
    await writeFile(join(checkout, 'site/django/core/management/__init__.py'), DJANGO)
    await installManageWrapper({ directory: checkout, project: 'site' })
  })

  it('is written in what Python 3.9 understands', async () => {
    const program = 'import ast, sys; ast.parse(open(sys.argv[1]).read(), feature_version=(3, 9))'
    await execa('python3', ['-c', program, join(checkout, 'site/manage.py')])
  })

  it.each([...found])('runs with Python %s in its virtualenv, whoever starts it', async (version, python) => {
    const virtualenv = join(checkout, 'site/.ve')
    await execa(python, ['-m', 'venv', '--clear', '--without-pip', virtualenv])
    for (const starter of found.values()) {
      const { stdout, stderr } = await manage(starter, 'check', '--tag', 'a b')
      expect([stdout, stderr]).toEqual([`${version.slice(2)} ${virtualenv} check --tag a b`, ''])
    }
  })

  it.each([...found])('says so, started by Python %s, when requirements are newer', async (_, python) => {
    await writeFile(join(checkout, 'requirements.txt'), 'a==1\n')
    const hash = (await execa('sha256sum', [join(checkout, 'requirements.txt')])).stdout.split(' ')[0]
    await writeFile(
      join(checkout, 'site/.ve/.ready'),
      `key\n${JSON.stringify({ 'requirements.txt': hash })}\n`,
    )
    expect((await manage(python, 'check')).exitCode).toBe(0)
    await writeFile(join(checkout, 'requirements.txt'), 'a==2\n')
    const { exitCode, stderr } = await manage(python, 'check')
    expect(stderr).toContain('requirements have changed since the virtualenv was built (requirements.txt)')
    expect(exitCode).toBe(1)
  })
})

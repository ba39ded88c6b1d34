import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execaSync } from 'execa'
import { describe, inject } from 'vitest'

/** A suite that needs throwaway servers; where there can be none it is skipped, by name and reason. */
export function needsTestServer(title: string, suite: () => void): void {
  const support = inject('testServer')
  if (support.available) describe(title, suite)
  else describe.skip(`${title} (${support.reason})`, suite)
}

/** A suite that needs a Python that can make virtualenvs; where there is none it is skipped, by name and reason. */
export function needsPython(title: string, suite: () => void): void {
  const { failed } = execaSync('python3', ['-c', 'import ensurepip, venv, sqlite3'], { reject: false })
  if (failed) describe.skip(`${title} (there is no python3 with venv and sqlite3)`, suite)
  else describe(title, suite)
}

/** A suite that needs a program; where there is none it is skipped, by name and reason. */
export function needsProgram(program: string, title: string, suite: () => void): void {
  const { failed } = execaSync('sh', ['-c', 'command -v "$0"', program], { reject: false })
  if (failed) describe.skip(`${title} (there is no ${program})`, suite)
  else describe(title, suite)
}

/** A suite that needs modules of the system's Python; where one is missing it is skipped, by name and reason. */
export function needsModules(modules: readonly string[], title: string, suite: () => void): void {
  const missing = modules.filter(
    name => execaSync('/usr/bin/python3', ['-c', `import ${name}`], { reject: false }).failed,
  )
  if (missing.length > 0) describe.skip(`${title} (/usr/bin/python3 has no ${missing.join(', ')})`, suite)
  else describe(title, suite)
}

/** A suite that needs the Django of the system's Python; where there is none it is skipped, by name and reason. */
export function needsDjango(title: string, suite: () => void): void {
  needsModules(['django', 'ensurepip'], title, suite)
}

/** A suite that needs servers, and PyPI besides; where one of them is not to be had it is skipped, by name and reason. */
export function needsPackageIndex(title: string, suite: () => void): void {
  const words = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--retries', '0', '--timeout', '10']
  const target = mkdtempSync(join(tmpdir(), 'dye-index-'))
  const { failed } = execaSync('/usr/bin/python3', [...words, '--dest', target, 'sqlparse'], {
    reject: false,
  })
  rmSync(target, { recursive: true })
  if (failed) describe.skip(`${title} (PyPI is not reached)`, suite)
  else needsTestServer(title, suite)
}

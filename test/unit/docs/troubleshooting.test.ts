import { readdir, readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'

const ROOT = new URL('../../../', import.meta.url)

/** Codes in the files of a directory: of errors, or of findings. */
async function codesIn(path: string): Promise<Set<string>> {
  const directory = new URL(path, ROOT)
  const texts = await Promise.all(
    (await readdir(directory)).map(name => readFile(new URL(name, directory), 'utf8')),
  )
  return new Set(texts.join('').match(/(?<=')[A-Z][A-Z_]+(?=')/g))
}

async function allCodes(): Promise<Set<string>> {
  return new Set([...(await codesIn('src/errors/')), ...(await codesIn('src/deploy/doctor/'))])
}

async function documentedCodes(): Promise<Set<string>> {
  const text = await readFile(new URL('docs/troubleshooting.md', ROOT), 'utf8')
  const cells = [...text.matchAll(/^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \|/gm)].map(([, cell = '']) => cell)
  return new Set(cells.join(' ').match(/[A-Z][A-Z_]+/g))
}

it('tells of every code that an error or a finding can have', async () => {
  const documented = await documentedCodes()
  expect([...(await allCodes())].filter(code => !documented.has(code))).toEqual([])
})

it('tells of no code that there is not', async () => {
  const codes = await allCodes()
  const fakes = ['UNEXPECTED_COMMAND', 'NOT_FAKED'] // of DyeError itself
  expect([...(await documentedCodes())].filter(code => !codes.has(code) && !fakes.includes(code))).toEqual([])
})

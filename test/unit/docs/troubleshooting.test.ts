import { readdir, readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'

const ROOT = new URL('../../../', import.meta.url)

async function codesOfErrors(): Promise<Set<string>> {
  const directory = new URL('src/errors/', ROOT)
  const texts = await Promise.all(
    (await readdir(directory)).map(name => readFile(new URL(name, directory), 'utf8')),
  )
  return new Set(texts.join('').match(/(?<=')[A-Z][A-Z_]+(?=')/g))
}

async function documentedCodes(): Promise<Set<string>> {
  const text = await readFile(new URL('docs/troubleshooting.md', ROOT), 'utf8')
  const cells = [...text.matchAll(/^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \|/gm)].map(([, cell = '']) => cell)
  return new Set(cells.join(' ').match(/[A-Z][A-Z_]+/g))
}

it('tells of every code that an error can have', async () => {
  const documented = await documentedCodes()
  expect([...(await codesOfErrors())].filter(code => !documented.has(code))).toEqual([])
})

it('tells of no code that there is not', async () => {
  const codes = await codesOfErrors()
  const fakes = ['UNEXPECTED_COMMAND', 'NOT_FAKED'] // of DyeError itself
  expect([...(await documentedCodes())].filter(code => !codes.has(code) && !fakes.includes(code))).toEqual([])
})

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { OptionError } from '../../../src/errors/option-error.js'
import { findInterpreter, pythonRange, rangeTitle } from '../../../src/virtualenv/interpreter.js'
import { needsPython } from '../../support/needs.js'
import { localPlace } from '../../support/temporary.js'

describe('a constraint', () => {
  it.each([
    ['>=3.9', { lowest: 9 }],
    ['>=3.12', { lowest: 12 }],
    ['>= 3.6', { lowest: 6 }],
    ['>=3.9,<3.13', { lowest: 9, below: 13 }],
    ['<3.13, >=3.9', { lowest: 9, below: 13 }],
    ['==3.11', { lowest: 11, below: 12 }],
    ['==3.11.*', { lowest: 11, below: 12 }],
  ])('%j allows what it says', (constraint, range) => {
    expect(pythonRange(constraint)).toEqual(range)
  })

  it.each(['', '3.9', '>3.9', '>=3', '>=3.x', '>=4.0', '>=2.7', '~=3.9', '>=3.9.1', '>=3.9\n', '>=3.9,'])(
    'of the form %j is refused',
    constraint => {
      expect(() => pythonRange(constraint)).toThrow(OptionError)
    },
  )

  it('has a title', () => {
    expect(rangeTitle({ lowest: 9 })).toBe('Python >= 3.9')
    expect(rangeTitle({ lowest: 9, below: 13 })).toBe('Python >= 3.9, < 3.13')
  })
})

needsPython('an interpreter', () => {
  const place = localPlace()
  let bin: string
  let real: string

  /** A program that says it is a Python of a version: the real one, with another version number. */
  const python = (name: string, minor: number) =>
    writeFile(
      join(bin, name),
      `#!/bin/sh
[ "$1" = -c ] || { echo "Python 3.${minor}.0"; exit 0; }
exec ${real} -c "import sys; sys.version_info = (3, ${minor}, 0); $2"\n`,
      { mode: 0o755 },
    )

  /** What is found when nothing but these programs is there. */
  const found = (lowest: number, preferred?: string, below?: number) =>
    place.host.withEnv({ PATH: bin }).run`${findInterpreter({ lowest, below }, preferred)}`

  beforeEach(async () => {
    real = (await place.host.ask`python3 -c ${'import sys; print(sys.executable)'}`).stdout
    bin = join(place.directory, `bin ${Math.random()}`)
    await mkdir(bin)
  })

  it('is python3 if that will do', async () => {
    await Promise.all([python('python3', 9), python('python3.12', 12)])
    expect((await found(9)).stdout).toBe(join(bin, 'python3'))
  })

  it('is else the newest', async () => {
    await Promise.all([python('python3', 6), python('python3.9', 9), python('python3.12', 12)])
    expect((await found(9)).stdout).toBe(join(bin, 'python3.12'))
  })

  it('is not too new either', async () => {
    await Promise.all([python('python3', 13), python('python3.12', 12), python('python3.11', 11)])
    expect((await found(9, undefined, 12)).stdout).toBe(join(bin, 'python3.11'))
    await expect(found(9, undefined, 11)).rejects.toMatchObject({
      stderr: expect.stringContaining(`${join(bin, 'python3.12')} is Python 3.12.0`),
    })
  })

  it('is never one that is too old', async () => {
    await Promise.all([python('python3', 6), python('python3.8', 8)])
    await expect(found(9)).rejects.toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: `${join(bin, 'python3')} is Python 3.6.0\n${join(bin, 'python3.8')} is Python 3.8.0`,
    })
  })

  it('is only the one that was asked for, by name or path', async () => {
    await Promise.all([python('python3', 12), python('python3.9', 9), python('my python', 8)])
    expect((await found(9, 'python3.9')).stdout).toBe(join(bin, 'python3.9'))
    expect((await found(8, join(bin, 'my python'))).stdout).toBe(join(bin, 'my python'))
    await expect(found(9, join(bin, 'my python'))).rejects.toMatchObject({ exitCode: 1 })
    await expect(found(9, 'pypy3')).rejects.toMatchObject({ exitCode: 1, stderr: '' })
  })

  it('is not one that does not work', async () => {
    await writeFile(join(bin, 'python3'), '#!/bin/sh\nexit 127\n', { mode: 0o755 })
    await python('python3.11', 11)
    expect((await found(9)).stdout).toBe(join(bin, 'python3.11'))
  })

  it('is missing where there is none at all, and the list is empty', async () => {
    await expect(found(9)).rejects.toMatchObject({ exitCode: 1, stderr: '' })
  })
})

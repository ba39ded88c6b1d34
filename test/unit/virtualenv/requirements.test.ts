import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { FINGERPRINT } from '../../../src/virtualenv/requirements.js'
import { needsPython } from '../../support/needs.js'
import { localPlace } from '../../support/temporary.js'

needsPython('the fingerprint of requirements', () => {
  const place = localPlace()
  const write = async (file: string, text: string) => {
    const path = join(place.directory, file)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
  const fingerprint = async (options = '', ...files: readonly string[]) =>
    (await place.host.within(place.directory).ask`python3 -c ${FINGERPRINT} ${options} ${files}`).lines[0]

  beforeEach(async () => {
    await write('a.txt', 'django==1.4\n')
    await write('deep/b.txt', 'south\n')
  })

  it('is short, and the same as long as nothing has changed', async () => {
    const first = await fingerprint('', 'a.txt')
    expect(first).toMatch(/^[0-9a-f]{16}$/)
    expect(await fingerprint('', 'a.txt')).toBe(first)
    expect(await fingerprint('', './a.txt')).toBe(first)
  })

  it('is another one for another text, other files, or other options', async () => {
    const all = [
      await fingerprint(),
      await fingerprint('', 'a.txt'),
      await fingerprint('--system-site-packages', 'a.txt'),
      await fingerprint('', 'deep/b.txt'),
      await fingerprint('', 'a.txt', 'deep/b.txt'),
      await fingerprint('', 'deep/b.txt', 'a.txt'),
    ]
    await write('a.txt', 'django==1.5\n')
    all.push(await fingerprint('', 'a.txt'))
    expect(new Set(all).size).toBe(all.length)
  })

  it.each([
    '-r deep/b.txt',
    '-c deep/b.txt',
    '--requirement deep/b.txt',
    '--requirement=deep/b.txt',
    '--constraint=deep/b.txt',
    '  -r   deep/b.txt   # the rest',
    '-rdeep/b.txt',
    '-r "deep/b.txt"',
  ])('knows what is included by %j', async line => {
    await write('a.txt', `django==1.4\n${line}\n`)
    const before = await fingerprint('', 'a.txt')
    await write('deep/b.txt', 'south==1.0\n')
    expect(await fingerprint('', 'a.txt')).not.toBe(before)
  })

  it('follows what is included in what is included, from where that is', async () => {
    await write('a.txt', '-r deep/b.txt\n')
    await write('deep/b.txt', '-r er/c.txt\n')
    await write('deep/er/c.txt', 'x==1\n')
    const before = await fingerprint('', 'a.txt')
    await write('deep/er/c.txt', 'x==2\n')
    expect(await fingerprint('', 'a.txt')).not.toBe(before)
  })

  it.each([
    ['a wheel', './wheels/x-1.0-py3-none-any.whl', 'wheels/x-1.0-py3-none-any.whl'],
    [
      'a wheel with a name',
      'x @ file://$HERE/wheels/x-1.0-py3-none-any.whl',
      'wheels/x-1.0-py3-none-any.whl',
    ],
    ['a directory', './package', 'package/x.py'],
    ['a directory with an extra', './package[more]', 'package/deep/y.py'],
    ['a directory with a marker', './package ; python_version > "3"', 'package/x.py'],
    ['a directory of wheels', '--find-links wheels', 'wheels/x-1.0-py3-none-any.whl'],
    ['what is edited', '-e ./package', 'package/setup.py'],
    [
      'a file that is included after a line that goes on',
      'x==1 \\\n  --hash=sha256:00\n-r deep/b.txt',
      'deep/b.txt',
    ],
  ])('knows the content of %s', async (_, line, file) => {
    await write('wheels/x-1.0-py3-none-any.whl', 'PK')
    for (const name of ['x.py', 'deep/y.py', 'setup.py']) await write(`package/${name}`, name)
    await write('a.txt', `${line.replace('$HERE', place.directory)}\n`)
    const before = await fingerprint('', 'a.txt')
    await write('package/x.pyc', 'compiled')
    expect(await fingerprint('', 'a.txt')).toBe(before)
    await write(file, 'changed')
    expect(await fingerprint('', 'a.txt')).not.toBe(before)
  })

  it('knows where that is which is edited, and not what is in it', async () => {
    for (const directory of ['one', 'two']) {
      await write(`${directory}/a.txt`, '-e ./package\n')
      await write(`${directory}/package/setup.py`, 'setup')
    }
    const at = async (directory: string) =>
      (await place.host.within(join(place.directory, directory)).ask`python3 -c ${FINGERPRINT} '' a.txt`)
        .lines[0]
    const before = await at('one')
    expect(await at('two')).not.toBe(before)
    await write('one/package/x.py', 'changed')
    expect(await at('one')).toBe(before)
  })

  it('says which files it has read', async () => {
    await write('a.txt', '-r deep/b.txt\n')
    const { lines } = await place.host.within(place.directory).ask`python3 -c ${FINGERPRINT} '' a.txt`
    const read = Object.entries(JSON.parse(lines[1] ?? ''))
    expect(read.map(([name]) => name)).toEqual(['a.txt', 'deep/b.txt'])
    expect(read[0]?.[1]).toMatch(/^[0-9a-f]{64}$/)
  })

  it('ends though files include each other', async () => {
    await write('a.txt', '-r deep/b.txt\n')
    await write('deep/b.txt', '-r ../a.txt\n')
    expect(await fingerprint('', 'a.txt')).toMatch(/^[0-9a-f]{16}$/)
  })

  it('leaves alone what is not a file here, and what is only a comment', async () => {
    await write('a.txt', '-r https://example.org/x.txt\n# -r no-such-file.txt\ndjango\n')
    expect(await fingerprint('', 'a.txt')).toMatch(/^[0-9a-f]{16}$/)
  })

  it('cannot be told of a file that is missing', async () => {
    await write('a.txt', '-r no-such-file.txt\n')
    await expect(fingerprint('', 'a.txt')).rejects.toThrow('no-such-file.txt')
  })
})

describe('a fingerprint program', () => {
  it('goes to a shell as one word, so it has nothing that a shell could not pass on', () => {
    expect(FINGERPRINT).not.toContain('\0')
    expect(FINGERPRINT.length).toBeLessThan(8192)
  })
})

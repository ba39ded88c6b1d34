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
    (await place.host.within(place.directory).ask`python3 -c ${FINGERPRINT} ${options} ${files}`).stdout

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
    expect(FINGERPRINT.length).toBeLessThan(4096)
  })
})

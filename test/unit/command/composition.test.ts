import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { ask, type Command, change } from '../../../src/command/command.js'
import { Secret } from '../../../src/command/secret.js'
import { CommandError } from '../../../src/errors/command-error.js'
import { OptionError } from '../../../src/errors/option-error.js'
import { localPlace } from '../../support/temporary.js'

describe('commands that are put together', () => {
  const place = localPlace()
  const at = (name: string) => join(place.directory, name)
  const content = (name: string) => readFile(at(name), 'utf8')
  const run = async (command: Command) => {
    const [result] = await place.host.runAll([command])
    if (!result) throw new Error('no result')
    return result
  }
  const failure = async (command: Command) => run(command).catch((error: unknown) => error as CommandError)
  const nobody = process.getuid?.() === 0 ? 'nobody' : userInfo().username

  beforeAll(async () => {
    await mkdir(at('sub dir'))
    await writeFile(at('input'), 'c\na\nb\n')
  })

  describe('by and', () => {
    it('run one after the other, as long as they succeed', async () => {
      expect((await run(ask`echo a`.and(ask`echo b`).and(ask`echo c`))).lines).toEqual(['a', 'b', 'c'])
      const failed = await failure(ask`echo a`.and(ask`exit 3`).and(change`touch ${at('wrong')}`))
      expect(failed).toMatchObject({ exitCode: 3, stdout: 'a' })
      expect(existsSync(at('wrong'))).toBe(false)
    })

    it('take an accepted exit code for success', async () => {
      expect((await run(ask`exit 4`.accepting(4).and(ask`echo b`))).stdout).toBe('b')
      expect((await run(ask`:`.and(ask`exit 4`.accepting(4)))).exitCode).toBe(0)
      expect(await failure(ask`exit 4`.and(ask`exit 5`.accepting(4, 5)))).toMatchObject({ exitCode: 4 })
    })

    it('keep directory, environment, input and end to themselves', async () => {
      const one = ask`pwd; echo "$A"; cat`.in(place.directory).withEnv({ A: '1' }).withStdin('fed\n')
      const two = ask`pwd; echo "\${A-none}"; cat; exit 0`.in('sub dir')
      const { lines } = await run(one.and(two.in(at('sub dir'))))
      expect(lines).toEqual([place.directory, '1', 'fed', at('sub dir'), 'none'])
    })

    it('take what is said of them together where they say nothing themselves', async () => {
      const both = ask`pwd; echo "$A"`.and(ask`pwd; echo "$A"`.in('/').withEnv({ A: '2' }))
      const { lines } = await run(both.in(place.directory).withEnv({ A: '1' }))
      expect(lines).toEqual([place.directory, '1', '/', '2'])
    })
  })

  describe('by pipe', () => {
    it('read what the one before prints', async () => {
      const { stdout } = await run(ask`cat ${at('input')}`.pipe(ask`sort`).pipe(ask`tr a-z A-Z`))
      expect(stdout).toBe('A\nB\nC')
    })

    it.each<[string, () => Command, number]>([
      ['the first', () => ask`echo a; exit 3`.pipe(ask`cat`), 3],
      ['the last', () => ask`echo a`.pipe(ask`cat; exit 4`), 4],
      ['one in the middle', () => ask`echo a`.pipe(ask`cat; exit 5`).pipe(ask`cat`), 5],
      ['several: the first of them', () => ask`exit 6`.pipe(ask`exit 7`).pipe(ask`cat`), 6],
    ])('fail when %s fails', async (_, make, exitCode) => {
      expect(await failure(make())).toMatchObject({ exitCode })
    })

    it('accept what their parts accept', async () => {
      expect((await run(ask`echo a; exit 3`.accepting(3).pipe(ask`cat; exit 1`.accepting(1)))).exitCode).toBe(
        0,
      )
    })

    it('do not fail when a reader has had enough', async () => {
      expect((await run(ask`seq 1 1000000`.pipe(ask`head -n 1`))).stdout).toBe('1')
    })

    it('have errors and output of their own', async () => {
      const result = await run(ask`echo a; echo e1 >&2`.pipe(ask`cat; echo e2 >&2`))
      expect(result.stdout).toBe('a')
      expect(result.stderr.split('\n').sort()).toEqual(['e1', 'e2'])
    })

    it('pass bytes as they are, and to another user, too', async () => {
      const bytes = ask`head -c 300000 /dev/zero | tr '\0' '\377'; printf '\n\0x'`
      const alone = await run(bytes.pipe(ask`md5sum`))
      const other = await run(bytes.pipe(ask`cd /; md5sum`.as(nobody)))
      const third = await run(bytes.as(nobody).pipe(ask`cat`.as(nobody)).pipe(ask`md5sum`))
      expect(other.stdout).toBe(alone.stdout)
      expect(third.stdout).toBe(alone.stdout)
    })

    it('leave no descriptor open that would keep them from ending', async () => {
      expect((await run(ask`sleep 30 >/dev/null 2>&1 & echo a`.pipe(ask`cat`))).stdout).toBe('a')
      await place.host.run`pkill -x -f 'sleep 30' || :`
    })

    it('get their first input', async () => {
      expect((await run(ask`cat`.pipe(ask`tr a-z A-Z`).withStdin('fed'))).stdout).toBe('FED')
      expect(() => ask`a`.pipe(ask`cat`.withStdin('x'))).toThrow(OptionError)
    })
  })

  describe('with files', () => {
    it('write, append and read, relative to their directory', async () => {
      await run(change`echo one`.to('out').in(place.directory))
      await run(ask`echo two`.appendTo(at('out')))
      expect(await content('out')).toBe('one\ntwo\n')
      await run(ask`echo three`.to(at('out')))
      expect((await run(ask`cat`.from(at('out')))).stdout).toBe('three')
      expect((await run(ask`sort`.from('input').in(place.directory))).stdout).toBe('a\nb\nc')
    })

    it('may have any names', async () => {
      for (const name of ["a b'c", '-n', '$HOME', 'é\n*', '&1']) {
        await run(ask`echo x`.to(name).in(place.directory))
        expect(await content(name)).toBe('x\n')
      }
    })

    it('take the output of the last of a pipe, and of all that run one after the other', async () => {
      await run(ask`echo b; echo a`.pipe(ask`sort`).to(at('piped')))
      expect(await content('piped')).toBe('a\nb\n')
      await run(ask`echo a`.and(ask`echo b`).to(at('both')))
      expect(await content('both')).toBe('a\nb\n')
      expect((await run(ask`cat`.pipe(ask`sort`).from(at('input')))).stdout).toBe('a\nb\nc')
    })

    it('fail when the file cannot be opened', async () => {
      expect(await failure(ask`echo x`.to(at('none/x')))).toBeInstanceOf(CommandError)
      expect(await failure(ask`cat`.from(at('none')))).toBeInstanceOf(CommandError)
    })

    it('make a change of what only asked', () => {
      expect(ask`a`.to('f').kind).toBe('change')
      expect(ask`a`.from('f').kind).toBe('ask')
      expect(ask`a`.and(ask`b`).kind).toBe('ask')
      expect(ask`a`.pipe(change`b`).kind).toBe('change')
      expect(ask`a`.and(ask`b`.to('f')).kind).toBe('change')
    })
  })

  it('may be nested', async () => {
    const inner = ask`echo b`.and(ask`echo a`)
    expect((await run(inner.pipe(ask`sort`).and(ask`echo c`))).lines).toEqual(['a', 'b', 'c'])
    expect((await run(ask`echo "<$(${inner.pipe(ask`sort`)})>"`)).stdout).toBe('<a\nb>')
    expect(await failure(ask`echo b`.and(ask`exit 3`).pipe(ask`cat`))).toMatchObject({ exitCode: 3 })
  })

  it('show what they do, and no secret', () => {
    const secret = Secret.of('canary')
    const command = ask`a ${secret}`.withEnv({ S: secret }).pipe(ask`b`.and(ask`c`)).to('f g')
    expect(String(command)).toBe("a [secret] | b >'f g' && c >>'f g'")
    expect(inspect(command, { depth: null, showHidden: true }) + JSON.stringify(command)).not.toContain(
      'canary',
    )
    expect(command.secrets.map(each => each.reveal())).toEqual(['canary', 'canary'])
  })

  it('do not leak secrets of a part into the output of another', async () => {
    const result = await run(ask`cat`.withStdin(Secret.of('canary')).pipe(ask`cat`))
    expect(result.stdout).toBe('[secret]')
  })

  it.each(['', '-x', 'a b', 'a:b', 'a/b', 'a\n', 'a\0'])('refuse to run as %j', user => {
    expect(() => ask`a`.as(user)).toThrow(OptionError)
    expect(() => place.host.as(user)).toThrow(OptionError)
  })
})

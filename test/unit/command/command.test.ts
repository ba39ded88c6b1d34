import { describe, expect, it } from 'vitest'
import { ask, type Command, change, raw, type Word } from '../../../src/command/command.js'
import { OptionError } from '../../../src/errors/option-error.js'

const commands: readonly [string, Command, string][] = [
  ['a value is one quoted word', change`rm -- ${'a b'}`, "rm -- 'a b'"],
  ['an array is several words', change`rm -- ${['a', 'b c', 3]}`, "rm -- a 'b c' 3"],
  ['an empty array is none', change`rm --${[]}`, 'rm --'],
  ['an argument vector is quoted', change(['echo', '$HOME', '']), "echo '$HOME' ''"],
  ['backslashes reach the shell as written', ask`printf '%s\n' ${'x'}`, "printf '%s\\n' x"],
  ['an escaped placeholder is one of the shell', ask`echo \${HOME} \``, `echo \${HOME} \``],
  [
    'a command inside is shell text',
    ask`if ${ask`test -e ${'a b'}`}; then :; fi`,
    "if test -e 'a b'; then :; fi",
  ],
  ['raw text is not quoted', ask`echo ${raw('"$x" | cat')}`, 'echo "$x" | cat'],
]

describe('a command', () => {
  it.each(commands)('%s', (_, command, text) => {
    expect(String(command)).toBe(text)
  })

  it.each([
    ['undefined', () => ask`ls ${undefined as unknown as Word}`],
    ['an object', () => ask`ls ${{} as unknown as Word}`],
    ['null', () => ask`ls ${null as unknown as Word}`],
    ['a command with a directory inside another', () => ask`x ${ask`ls`.in('/tmp')}`],
    ['a command with input inside another', () => ask`x ${ask`cat`.withStdin('x')}`],
  ])('refuses %s', (_, make) => {
    expect(make).toThrow(OptionError)
  })

  it('is never changed: each method returns a copy', () => {
    const original = change`ls`
    const changed = original.in('/tmp').as('root').withEnv({ A: '1' }).accepting(1)
    expect(original.parts).toMatchObject({ scope: {}, accepted: [] })
    expect(changed.parts).toMatchObject({
      scope: { cwd: '/tmp', user: 'root', env: { A: '1' } },
      accepted: [1],
    })
  })

  it('keeps its own scope against that of the host', () => {
    const { scope } = ask`ls`.in('/a').within({ cwd: '/b', user: 'u', env: { X: '1' } }).parts
    expect(scope).toEqual({ cwd: '/a', user: 'u', env: { X: '1' } })
    expect(ask`ls`.in('c').within({ cwd: '/b' }).parts.scope.cwd).toBe('/b/c')
    expect(ask`ls`.in('c').within({ cwd: 'b' }).parts.scope.cwd).toBe('b/c')
    expect(ask`ls`.in('.').within({ cwd: '/b' }).parts.scope.cwd).toBe('/b')
    expect(ask`ls`.in('c').within({}).parts.scope.cwd).toBe('c')
  })
})

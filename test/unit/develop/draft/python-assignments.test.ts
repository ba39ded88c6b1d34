import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { insideCheckout, readAssignments } from '../../../../src/develop/draft/python-assignments.js'
import type { PythonValue } from '../../../../src/develop/draft/python-value.js'

function read(program: string): ReadonlyMap<string, PythonValue> {
  const scope = new Map<string, PythonValue>()
  readAssignments(program, 'site/carers/settings.py', scope)
  return scope
}

const said = (expression: string) => read(`X = ${expression}\n`).get('X')

describe('what names are given in a Python program', () => {
  it.each([
    ['\'a\' "b"', 'ab'],
    ["'a' + 'b'  # c", 'ab'],
    ["'it\\'s'", "it's"],
    ["r'\\d'", '\\d'],
    ["'''a\n  b'''", 'a\n  b'],
    ['True', true],
    ['7', 7],
    ["['a', 'b',]", ['a', 'b']],
    ["('a',)", ['a']],
    ["('a')", 'a'],
    ["[\n  'a',  # one\n] + ['b']", ['a', 'b']],
    ["os.path.join('/srv', 'x', '/y', 'z')", '/y/z'],
    ["path.dirname(path.abspath('/a/b'))", '/a'],
    ["Path('/a/b').resolve().parent / 'c'", '/a/c'],
    ["str(Path('/a') / 'c')", '/a/c'],
  ])('understands %s', (expression, value) => {
    expect(said(expression)).toEqual(value)
  })

  it.each([
    "os.environ['X']",
    "os.environ.get('X', 'y')",
    "'%s' % x",
    "'a' if y else 'b'",
    'env.db()',
    "'a'.upper()",
    "['a'][0]",
    "lambda: 'a'",
    '-7',
    "f'{y}'",
    "'never ends",
    '(',
    '',
  ])('does not make anything of %s', expression => {
    expect(said(expression)).toBeUndefined()
  })

  it('follows names, and puts dictionaries together', () => {
    const scope = read(`
"""Settings."""
import os
NAME: str = 'carers'
HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
if DEBUG:
    NAME = 'debug'
DATABASES = {
    'default': {'ENGINE': 'x.mysql', 'NAME': NAME + '_db', 'PASSWORD': env('P'), 'OPTIONS': {'a': [1, 2]}},
}
DATABASES['other'] = {'ENGINE': 'x.sqlite3', 'NAME': f'{HOME}/x.db'}
ALLOWED_HOSTS = ['x'] \\
    + ['y']
`)
    expect(scope.get('DATABASES')).toEqual(
      new Map([
        [
          'default',
          new Map<string, PythonValue>([
            ['ENGINE', 'x.mysql'],
            ['NAME', 'carers_db'],
            ['PASSWORD', undefined],
            ['OPTIONS', new Map([['a', [1, 2]]])],
          ]),
        ],
        [
          'other',
          new Map([
            ['ENGINE', 'x.sqlite3'],
            ['NAME', '/?/site/x.db'],
          ]),
        ],
      ]),
    )
    expect(scope.get('ALLOWED_HOSTS')).toEqual(['x', 'y'])
    expect(insideCheckout(scope.get('HOME'))).toBe('site')
    expect(insideCheckout('/srv')).toBeUndefined()
  })

  it('come out of whatever is in a file, in time', () => {
    const parts = [
      'X',
      '=',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      "'",
      '"""',
      '\\',
      '\n',
      ' ',
      '.',
      ',',
      ':',
      '+',
      '/',
      '#',
      '7',
      'f',
      '\0',
      'é',
    ]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 60 }), words => {
        read(`X = ${words.join('')}`)
      }),
      { numRuns: 500 },
    )
    expect(said('['.repeat(10_000) + ']'.repeat(10_000))).toBeDefined()
  })
})

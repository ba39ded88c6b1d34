import fc from 'fast-check'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { projectFiles } from '../../../../src/develop/scaffold/project-files.js'
import { resolveScaffold, type ScaffoldOptions } from '../../../../src/develop/scaffold/scaffold-options.js'
import { OptionError } from '../../../../src/errors/option-error.js'
import { WANTED } from '../../../support/scaffolds.js'

const resolve = (more: Partial<Record<keyof ScaffoldOptions, unknown>>) =>
  resolveScaffold({ directory: 'carers', ...WANTED, ...more } as ScaffoldOptions)

describe('options for a new project', () => {
  it('have defaults', () => {
    expect(resolve({ project: 'the-carers' })).toEqual({
      ...WANTED,
      directory: 'carers',
      project: 'the-carers',
      databaseName: 'the_carers',
      kind: 'normal',
      database: 'sqlite',
      webServer: 'nginx',
      ci: 'github',
      django: '>=5.2,<5.3',
    })
  })

  it.each([
    ['project', 'Carers', 'use lower case letters'],
    ['project', '../x', 'is not a name for a project'],
    ['project', "x'\nimport os", 'is not a name for a project'],
    ['domain', 'http://carers.example.org', 'without http://'],
    ['domain', '*.example.org', 'is not the name of a site'],
    ['domain', "x', *['", 'is not the name of a site'],
    ['host', '-oProxyCommand=x', 'is not a server to log in to'],
    ['host', undefined, 'nothing is not a server to log in to'],
    ['repository', '--upload-pack=x', 'is not the address of a git repository'],
    ['repository', 'https://ann:secret@git.example.org/x', 'has a password in it'],
    ['django', '>=5; import os', 'is not a range of versions'],
    ['kind', 'huge', 'is none of normal, minimal'],
    ['ci', true, 'is none of github, gitlab, false'],
  ])('refuse that %s is %j', (option, value, said) => {
    expect(() => resolve({ [option]: value })).toThrow(
      expect.objectContaining({ option, code: 'INVALID_OPTION' }),
    )
    expect(() => resolve({ [option]: value })).toThrow(said)
  })

  it('refuse names that databases have for themselves', () => {
    expect(() => resolve({ project: 'mysql', database: 'mysql' })).toThrow('something of its own')
    expect(() => resolve({ project: 'postgres', database: 'postgresql' })).toThrow('something of its own')
    expect(resolve({ project: 'postgres', database: 'mysql' }).databaseName).toBe('postgres')
  })

  it.each([
    ['host', 'web1'],
    ['host', 'deploy@192.0.2.7:2222'],
    ['host', 'deploy@[2001:db8::7]:22'],
    ['repository', '/srv/git/carers.git'],
    ['repository', 'https://git.example.org/~ann/carers%20x.git'],
    ['repository', 'ssh://git@[2001:db8::7]:22/carers.git'],
    ['domain', 'xn--bcher-kva.example'],
    ['django', '>= 4.2, < 6'],
  ])('take it that %s is %j', (option, value) => {
    expect(resolve({ [option]: value })).toMatchObject({ [option]: value })
  })

  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc
      .array(
        fc.constantFrom(
          'a',
          'B',
          '7',
          '.',
          '-',
          '@',
          ':',
          "'",
          '"',
          '`',
          '$',
          '{',
          '}',
          '\\',
          '\n',
          '#',
          ' ',
          '/',
          '%',
          '*',
        ),
        {
          maxLength: 12,
        },
      )
      .map(parts => parts.join('')),
  )

  it('are refused, or stand in files as what they are', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('project', 'domain', 'host', 'repository', 'django' as const),
        hostile,
        (option, value) => {
          let files: ReadonlyMap<string, string>
          try {
            files = projectFiles(resolve({ [option]: value }))
          } catch (error) {
            expect(error).toBeInstanceOf(OptionError)
            return
          }
          // not a character that could end a text in Python, YAML, a shell or Markdown
          expect(value).toMatch(option === 'django' ? /^[\d.,<>=~!* ]+$/ : /^[\w@:/.~+%[\]-]+$/)
          for (const name of ['deployfile.ts', 'deployfile.test.ts']) {
            const { diagnostics } = ts.transpileModule(files.get(name) ?? '', { reportDiagnostics: true })
            expect(diagnostics).toEqual([])
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})

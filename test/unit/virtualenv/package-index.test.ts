import { describe, expect, it } from 'vitest'
import { Secret } from '../../../src/command/secret.js'
import { OptionError } from '../../../src/errors/option-error.js'
import { packageIndex, pipConfiguration, uvConfiguration } from '../../../src/virtualenv/package-index.js'

describe('a package index', () => {
  const login = { username: 'ann@example.org', password: Secret.of('a%b/c"d e') }
  const written = 'https://ann%40example.org:a%25b%2Fc%22d%20e@pypi.example.org/simple'
  const main = packageIndex('https://pypi.example.org/simple', login)
  const other = packageIndex('http://10.0.0.1:3141/x/')

  it.each(['', 'pypi.example.org', 'ftp://x/', 'https://a b/', 'https://x/\nindex-url=y', 'https://x/"'])(
    'has no address like %j',
    url => {
      expect(() => packageIndex(url)).toThrow(OptionError)
    },
  )

  it('has no password in its address, and the error does not tell it', () => {
    expect(() => packageIndex('https://ann:hunter22@pypi.example.org/')).toThrow(/which would be seen/)
    expect(() => packageIndex('https://ann:hunter22@pypi.example.org/')).not.toThrow(/hunter22/)
  })

  it('stands in the configuration of pip', () => {
    expect(pipConfiguration({ main, extra: [] }).reveal()).toBe(`[global]\nindex-url = ${written}\n`)
    expect(pipConfiguration({ main: undefined, extra: [other, main] }).reveal()).toBe(
      `[global]\nextra-index-url =\n    http://10.0.0.1:3141/x/\n    ${written}\n`,
    )
  })

  it('stands in the configuration of uv', () => {
    expect(uvConfiguration({ main, extra: [other] }).reveal()).toBe(
      `[pip]\nindex-url = "${written}"\nextra-index-url = ["http://10.0.0.1:3141/x/"]\n`,
    )
  })

  it('is a secret as a whole', () => {
    expect(String(pipConfiguration({ main, extra: [] }))).toBe('[secret]')
  })
})

import { WebServer } from 'dye-deploy'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { RENDER } from '../../../src/web-server/configuration.js'

const render = (variables: Record<string, string>, text: string) => {
  const lines = Object.entries(variables).map(([name, value]) => `${name} ${value}\n`)
  return execa('awk', [RENDER, 'site.conf.in'], { input: `${lines.join('')}\n${text}`, reject: false })
}

describe('a template', () => {
  it.each([
    ['server_name {{ name }};', 'server_name a.test;'],
    ['{{name}}{{  name  }}', 'a.testa.test'],
    ['{{ odd }}', `{{ name }} & \\1 'it"s' $HOME`],
    ['{{ empty }}.', '.'],
    ['a{2} { b } {{', 'a{2} { b } {{'],
    ['', ''],
  ])('has its variables replaced: %j', async (text, expected) => {
    const values = { name: 'a.test', odd: `{{ name }} & \\1 'it"s' $HOME`, empty: '' }
    const { stdout, exitCode } = await render(values, `first\n${text}\nlast\n`)
    expect(stdout).toBe(`first\n${expected}\nlast`)
    expect(exitCode).toBe(0)
  })

  it('says which variables there are not, and where', async () => {
    const { stderr, exitCode } = await render({ name: 'a.test' }, '{{ name }}\n\n{{ nmae }} {{ 1 + 2 }}\n')
    expect(stderr).toBe(
      'site.conf.in:3: there is no variable nmae\nsite.conf.in:3: there is no variable 1 + 2',
    )
    expect(exitCode).toBe(65)
  })

  it.each([WebServer.apache('a.conf'), WebServer.nginx('a.conf')])(
    'takes plain values only: $title',
    server => {
      expect(() => server.variables({ name: 'a\nb' })).toThrow('"name" has a line break in its value')
      expect(() => server.variables({ name: 'a\rb' })).toThrow('line break')
      expect(() => server.variables({ 'na me': 'a' })).toThrow('has a name that templates cannot have')
      expect(server.variables({ name: 'a', workers: 3 }).title).toBe(server.title)
    },
  )
})

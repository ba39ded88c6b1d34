import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { FIRST_URL, GUARDED } from '../../../src/web-server/nginx-programs.js'

const guarded = (input: string) => execa('awk', ['-v', 'guard=G', GUARDED], { input })
const url = async (input: string) => (await execa('awk', [FIRST_URL], { input })).stdout

describe('the guard of a configuration of nginx', () => {
  it.each([
    ['server {\n  listen 80;\n}', 'server {\n    include G;\n\n  listen 80;\n}'],
    ['server\n{ listen 80; }', 'server\n{\n    include G;\n listen 80; }'],
    ['server{}server{}', 'server{\n    include G;\n}server{\n    include G;\n}'],
    ['server { # first\n}', 'server {\n    include G;\n # first\n}'],
    ['# server {\nserver {\n}', '# server {\nserver {\n    include G;\n\n}'],
    [
      'upstream myserver {\n  server 192.0.2.1;\n}\nserver {\n}',
      'upstream myserver {\n  server 192.0.2.1;\n}\nserver {\n    include G;\n\n}',
    ],
  ])('stands in each server: %j', async (input, output) => {
    expect((await guarded(input)).stdout).toBe(output)
  })

  it('needs a server to stand in', async () => {
    await expect(guarded('include elsewhere;\n# server {\n')).rejects.toMatchObject({
      stderr: expect.stringContaining('there is no server block'),
    })
  })
})

describe('the URL of a configuration of nginx', () => {
  it.each([
    ['server { listen 80; server_name a.test b.test; }', 'http://a.test/'],
    ['server { listen [::]:8080; server_name a.test; }', 'http://a.test:8080/'],
    ['server {\n  listen 443 ssl http2; # https\n  server_name a.test;\n}', 'https://a.test/'],
    ['server { listen 127.0.0.1:8443 ssl; server_name .a.test; }', 'https://a.test:8443/'],
    [
      'server { listen 80; server_name _; }\nserver { listen 443 ssl; server_name a.test; }',
      'https://a.test/',
    ],
    [
      'server { listen 80; server_name a.test; location / { return 200; } }\nserver { listen 443 ssl; server_name b.test; }',
      'http://a.test/',
    ],
    ['server { }', 'http://localhost/'],
  ])('is that of the first server with a name: %j', async (input, expected) => {
    expect(await url(input)).toBe(expected)
  })
})

import { spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Secret } from '../../../src/command/secret.js'
import { type Git, git } from '../../../src/source/git.js'
import { HERMETIC_GIT } from '../../support/project-repository.js'
import { localPlace } from '../../support/temporary.js'

const PASSWORD = 'canary-t0ken "x"'

describe('a git repository behind a password', () => {
  const place = localPlace()
  const at = (...names: string[]) => join(place.directory, ...names)
  const seen: (string | undefined)[] = []
  let server: Server
  let url: string
  let releases = 0

  /** Answers as `git http-backend` does, to those who know the password. */
  const serve = (backend: string) =>
    createServer((request, response) => {
      const { authorization } = request.headers
      seen.push(authorization)
      if (authorization !== `Basic ${Buffer.from(`ann:${PASSWORD}`).toString('base64')}`) {
        response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="git"' }).end()
        return
      }
      const { pathname, search } = new URL(request.url ?? '', 'http://x')
      const env = {
        ...process.env,
        ...{
          GIT_PROJECT_ROOT: place.directory,
          GIT_HTTP_EXPORT_ALL: '1',
          PATH_INFO: pathname,
          QUERY_STRING: search.slice(1),
        },
        ...{
          REQUEST_METHOD: request.method ?? '',
          CONTENT_TYPE: request.headers['content-type'] ?? '',
          REMOTE_USER: 'ann',
        },
        ...(request.headers['content-encoding'] && {
          HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
        }),
        ...(request.headers['git-protocol'] && { GIT_PROTOCOL: String(request.headers['git-protocol']) }),
      }
      const child = spawn(backend, { env, stdio: ['pipe', 'pipe', 'ignore'] })
      request.pipe(child.stdin)
      const chunks: Buffer[] = []
      child.stdout.on('data', chunk => chunks.push(chunk))
      child.on('close', () => {
        const said = Buffer.concat(chunks)
        const end = said.indexOf('\r\n\r\n')
        for (const line of said.subarray(0, end).toString().split('\r\n')) {
          const [name = '', value = ''] = line.split(': ')
          if (name === 'Status') response.statusCode = Number.parseInt(value, 10)
          else response.setHeader(name, value)
        }
        response.end(said.subarray(end + 4))
      })
    })

  const fetch = async (source: Git) => {
    releases += 1
    const release = at(`release-${releases}`)
    await mkdir(release)
    const host = place.host.withEnv({ ...HERMETIC_GIT, HOME: at('home') })
    return host.perform(source.fetch({ release, mirror: at('mirror') }))
  }

  beforeAll(async () => {
    for (const name of ['origin', 'home']) await mkdir(at(name))
    await writeFile(at('origin/page'), '1')
    const steps = [
      ['init', '--quiet', '--initial-branch=main'],
      ['add', '--all'],
      ['commit', '--quiet', '-m', 'one'],
    ]
    for (const words of steps) await execa('git', words, { cwd: at('origin'), env: HERMETIC_GIT })
    const { stdout: directory } = await execa('git', ['--exec-path'])
    server = serve(join(directory, 'git-http-backend')).listen(0, '127.0.0.1')
    await new Promise(resolve => server.once('listening', resolve))
    const address = server.address()
    url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/origin/.git`
  })

  afterAll(() => server?.close())

  it('is fetched with it; it is in no file afterwards, and in no argument vector meanwhile', async () => {
    const tools = at('tools')
    await mkdir(tools)
    const { stdout: real } = await execa('sh', ['-c', 'command -v git'])
    await writeFile(
      join(tools, 'git'),
      `#!/bin/sh\nprintf '%s\\n' "$*" >>${at('vectors')}\nexec ${real} "$@"\n`,
      { mode: 0o755 },
    )
    const host = place.host.withEnv({
      ...HERMETIC_GIT,
      PATH: `${tools}:${process.env.PATH}`,
      HOME: at('home'),
    })
    await mkdir(at('r'))
    const source = git(url).login('ann', Secret.of(PASSWORD))
    const { revision } = await host.perform(source.fetch({ release: at('r'), mirror: at('m') }))
    expect(revision).toMatch(/^[0-9a-f]{40}$/)
    const { stdout: vectors } = await execa('cat', [at('vectors')])
    expect(vectors).toContain('fetch --quiet')
    const found = await execa('grep', ['-rlF', PASSWORD, place.directory], { reject: false })
    expect(found.stdout).toBe('')
  })

  it.each([
    ['a wrong one', () => git(url).login('ann', Secret.of('wrong'))],
    ['none', () => git(url)],
  ])('is not fetched with %s, and says so at once', async (_, source) => {
    const before = seen.length
    await expect(fetch(source())).rejects.toMatchObject({ code: 'SOURCE_DENIED' })
    expect(seen.length - before).toBeLessThanOrEqual(2)
  })

  it('says when there is no git', async () => {
    await mkdir(at('empty'))
    const tools = at('few tools')
    await mkdir(tools)
    for (const tool of ['mkdir', 'rm', 'dirname']) {
      const { stdout } = await execa('sh', ['-c', `command -v ${tool}`])
      await execa('ln', ['-s', stdout, join(tools, tool)])
    }
    const host = place.host.withEnv({ PATH: tools })
    await expect(
      host.perform(git(url).fetch({ release: at('empty'), mirror: at('none') })),
    ).rejects.toMatchObject({
      code: 'SOURCE_TOOL_MISSING',
    })
  })
})

describe('the branch of a git source', () => {
  const source = git('/srv/git').branches({ staging: 'main', production: 'stable' })

  it('may depend on the environment', () => {
    expect(source.forEnvironment('production').chosenBranch).toBe('stable')
    expect(source.forEnvironment('staging').chosenBranch).toBe('main')
    expect(source.tag('v1').forEnvironment('production').title).toBe('tag v1 of /srv/git')
    expect(() => source.forEnvironment('test')).toThrow(/there is no branch for test/)
  })

  it.each([
    ['a branch like an option', () => git('/x').branches({ a: '-x' })],
    ['a depth', () => git('/x').shallow(0)],
    ['a subdirectory', () => git('/x').subdirectory('../y')],
    ['a login without HTTPS', () => git('ssh://x/y').login('a', Secret.of('b'))],
  ])('refuses %s that cannot be', (_, make) => {
    expect(make).toThrow(/Could not use the option/i)
  })
})

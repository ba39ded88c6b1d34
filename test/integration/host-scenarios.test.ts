import { Readable } from 'node:stream'
import { ask, type Command, Host, raw, Secret } from 'dye-deploy'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sshHost } from '../support/carers.js'
import { needsTestServer } from '../support/needs.js'
import { TestServer } from '../support/test-server.js'

/** What must come out the same wherever it is run: each with a way to make the command anew. */
const SCENARIOS: readonly [string, () => Command][] = [
  ['output and errors', () => ask`echo out; echo err >&2; exit 0`],
  ['no line end', () => ask`printf x`],
  ['bytes', () => ask`printf '\000\377\n\n'`],
  ['a value with everything in it', () => ask`printf %s ${'a b\n$HOME `id` "x" \'y\' \\ é 😀 *'}`],
  ['input', () => ask`cat`.withStdin('one\ntwo')],
  ['secret input', () => ask`cat`.withStdin(Secret.of('one'))],
  ['no input', () => ask`cat`],
  ['a directory', () => ask`pwd`.in('/usr/lib')],
  ['environment', () => ask`printf %s "$A"`.withEnv({ A: "it's" })],
  ['an accepted exit code', () => ask`exit 7`.accepting(7)],
  ['a megabyte', () => ask`head -c 1000000 /dev/zero | tr '\0' x`],
  ['a long command', () => ask`printf %s ${'y'.repeat(200_000)} | wc -c`],
  ['another user', () => ask`id -un`.as('nobody')],
  ['root', () => ask`id -un; cat`.asRoot().withStdin('fed')],
  ['a value that looks like an option', () => ask(['printf', '%s', '--', '-n', '--help'])],
  ['words of an array', () => ask`printf '<%s>' ${['', 'a b', '*', '~', '$(id)', 'é\n']}`],
  ['shell text', () => ask`for i in 1 2; do echo $i; done | ${raw('sort -r')}`],
  ['no colour, no language', () => ask`printf '%s %s' "$LC_ALL" "$(umask)"`],
  ['an end of its shell', () => ask`echo a; exit 7`.accepting(7)],
  ['a shell that is replaced', () => ask`exec printf x`],
  ['a child in the background', () => ask`sleep 0.2 & echo started`],
  ['output after a megabyte of errors', () => ask`head -c 1000000 /dev/zero | tr '\0' e >&2; echo done`],
  [
    'bytes that are no text, on both streams',
    () => ask`head -c 70000 /dev/zero | tr '\0' '\377'; printf '\200' >&2`,
  ],
  ['a directory as root', () => ask`pwd; id -un`.in('/usr/lib').asRoot()],
  ['environment as another user', () => ask`printf %s "$A"`.withEnv({ A: "it's" }).as('nobody')],
  ['a failure as another user', () => ask`echo no >&2; exit 9`.accepting(9).as('nobody')],
  ['root within root', () => ask`sudo -n id -un`.asRoot()],
  ['sudo in the middle', () => ask`echo fed | sudo -n sh -c 'id -un; cat' | tr a-z A-Z`],
  ['sudo behind a variable', () => ask`root="sudo -n"; $root id -un; echo "$(sudo -n -u nobody id -un)"`],
  ['a stream', () => ask`wc -c`.withStdin(Readable.from(['ab', Buffer.alloc(100_000), 'c']))],
  ['a stream for another user', () => ask`id -un; cat`.as('nobody').withStdin(Readable.from(['fed']))],
  [
    'a stream for root in a directory',
    () =>
      ask`pwd; cat; exit 3`
        .accepting(3)
        .in('/usr')
        .asRoot()
        .withStdin(Readable.from(['x'])),
  ],
]

needsTestServer('a host, wherever it is', () => {
  let server: TestServer
  let hosts: Readonly<Record<string, Host>>
  const local = Host.local()

  beforeAll(async () => {
    server = await TestServer.start()
    const { identityFile, knownHosts } = server
    const withPassword = { identityFile, knownHosts, sudoPassword: Secret.of('secret') }
    hosts = {
      'over SSH': sshHost(server),
      'over SSH with a password for sudo': Host.ssh(`ops@${server.address}`, withPassword),
    }
  })

  afterAll(async () => {
    await Promise.all([local, ...Object.values(hosts ?? {})].map(host => host.close()))
    await server?.stop()
  })

  const places = ['over SSH', 'over SSH with a password for sudo']

  const outcomes = async (host: Host, command: Command) => {
    const [result] = await host.runAll([command])
    const { exitCode, stdoutBytes, stderr } = result ?? {}
    return { exitCode, stdout: stdoutBytes?.toString('latin1'), stderr }
  }

  const cases = places.flatMap(where => SCENARIOS.map(([what, make]) => [where, what, make] as const))

  it.each(cases)('does the same as this machine, %s: %s', async (where, _, make) => {
    const there = hosts[where]
    if (!there) throw new Error(`no host ${where}`)
    expect(await outcomes(there, make())).toEqual(await outcomes(local, make()))
  })

  it.each([['on this machine'], ...places.map(where => [where])])('has the same files, %s', async where => {
    const host = hosts[where] ?? local
    const { files } = host
    await using temporary = await files.temporaryDirectory()
    const at = (name: string) => `${temporary.path}/${name}`
    const bytes = Buffer.from([0, 255, 10, 200, 0])
    expect(await files.makeDirectory(at('a b/c'), { mode: 0o750 })).toBe(true)
    expect(await files.makeDirectory(at('a b/c'))).toBe(false)
    await files.write(at('a b/-n'), bytes, { mode: 0o640 })
    await files.write(at('text'), 'é\n')
    await files.write(at('secret'), Secret.of('canary'))
    await files.link('a b/-n', at('link'))
    expect(await files.read(at('link'))).toEqual(bytes)
    expect(await files.readText(at('text'))).toBe('é\n')
    expect(await files.readText(at('secret'))).toBe('canary')
    expect(await files.list(temporary.path)).toEqual(['a b', 'link', 'secret', 'text'])
    const modes = await Promise.all(['a b/-n', 'text', 'secret', 'a b/c'].map(name => files.stat(at(name))))
    expect(modes.map(found => [found?.type, found?.mode])).toEqual([
      ['file', 0o640],
      ['file', 0o644],
      ['file', 0o600],
      ['directory', 0o750],
    ])
    expect(await files.stat(at('none'))).toBeUndefined()
    await expect(files.read(at('none'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND', host: host.name })
    const asRoot = host.asRoot().files
    await asRoot.write(at('roots'), 'r', { owner: 'nobody', mode: 0o600 })
    expect((await files.stat(at('roots')))?.owner).toBe('nobody')
    expect(await asRoot.readText(at('roots'))).toBe('r')
    expect(await asRoot.remove(at('roots'))).toBe(true)
    expect(await files.remove(at('link'))).toBe(true)
    expect(await files.remove(at('link'))).toBe(false)
    await files.remove(at('a b'), { recursive: true })
    expect(await files.list(temporary.path)).toEqual(['secret', 'text'])
    const { path } = temporary
    await temporary.remove()
    expect(await files.exists(path)).toBe(false)
  })
})

import { Readable } from 'node:stream'
import { ask, type Command, change, Host, OptionError } from 'dye-deploy'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needsTestServer } from '../support/needs.js'
import { TestServer } from '../support/test-server.js'

/** Any text that can be an argument: no NUL, no half of a surrogate pair. */
const word = fc.string({ unit: 'binary', maxLength: 40 }).filter(text => !text.includes('\0'))

/** Words that have brought programs down before. */
const EVIL = [
  ...[
    '',
    ' ',
    '-rf',
    '--',
    '~',
    '~root',
    '$HOME',
    '$(id)',
    '`id`',
    'a\nb',
    'a\r\nb',
    "it's",
    '"',
    '\\',
    '\\\\n',
  ],
  ...['*', '?', '[a-z]', '{a,b}', '!!', '^a^b', 'a=b', '#', ';id', '|id', '&', '>x', '<x', '(', ')', '\t'],
  ...['\u2028', 'é', '😀', '\u0001\u001e\u007f', '%s', 'EOF', "'\\''", '$IFS', 'main() { :; }', 'DYE'],
  'x'.repeat(200_000),
]

/** Names of files: neither empty, nor with a slash, nor too long. */
const NAMES = EVIL.filter(text => text !== '' && text.length < 200)

/** Users of the server, by the shell that they log in with; one of each is enough. */
const SHELLS = { deploy: '/bin/bash', dash: '/bin/dash', plain: '/bin/sh' } as const

needsTestServer('a value on its way to a server', () => {
  let server: TestServer
  let hosts: Readonly<Record<string, Host>>

  beforeAll(async () => {
    server = await TestServer.start({ systemd: false })
    for (const user of ['dash', 'plain'] as const) {
      await server.exec(
        `useradd -m -s ${SHELLS[user]} ${user}
         install -d -m 700 -o ${user} -g ${user} /home/${user}/.ssh
         install -m 600 -o ${user} -g ${user} /home/deploy/.ssh/authorized_keys /home/${user}/.ssh/
         echo '${user} ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/${user}; chmod 440 /etc/sudoers.d/${user}`,
      )
    }
    // start-up files that would spoil what comes after them
    await server.writeFile(
      '/home/deploy/.bashrc',
      'echo noise; set -f; IFS=x; alias printf=false; printf() { echo wrong; }; cd /tmp; export CDPATH=/:/tmp LC_ALL=C.UTF-8\n',
      { owner: 'deploy' },
    )
    await server.writeFile('/home/dash/.profile', 'echo noise; set -u; IFS=:; export ENV=/home/dash/.rc\n', {
      owner: 'dash',
    })
    await server.writeFile('/home/dash/.rc', 'alias printf=false; echo more noise\n', { owner: 'dash' })
    const { address, identityFile, knownHosts } = server
    const options = { identityFile, knownHosts, configFile: false as const }
    const remote = Object.entries(SHELLS).map(([user, shell]) => [
      `over SSH, logged in with ${shell}`,
      Host.ssh(`${user}@${address}`, options),
    ])
    hosts = { 'on this machine': Host.local(), ...Object.fromEntries(remote) }
  })

  afterAll(async () => {
    await Promise.all(Object.values(hosts ?? {}).map(host => host.close()))
    await server?.stop()
  })

  const places = [
    'on this machine',
    ...Object.values(SHELLS).map(shell => `over SSH, logged in with ${shell}`),
  ]
  const users: readonly [string, (command: Command) => Command][] = [
    ['as who is logged in', command => command],
    ['as root', command => command.asRoot()],
    ['as nobody', command => command.as('nobody').in('/')],
  ]
  const cases = places.flatMap(where => users.map(([who, as]) => [where, who, as] as const))

  describe.each(cases)('%s, %s', (where, _who, as) => {
    const host = () => {
      const found = hosts[where]
      if (!found) throw new Error(`no host ${where}`)
      return found
    }
    const words = async (command: Command) => {
      const [result] = await host().runAll([as(command)])
      return (result?.stdoutBytes.toString() ?? '').split('\0').slice(0, -1)
    }
    const print = ask`while [ "$#" -gt 0 ]; do printf '%s\0' "$1"; shift; done`

    it('arrives as it is: as a word, in an argument vector, in the environment, as input', async () => {
      expect(await words(ask`set -- ${EVIL}; ${print}`)).toEqual(EVIL)
      const vector = EVIL.filter(text => text.length < 100_000)
      expect(await words(ask(['printf', '%s\\0', ...vector]))).toEqual(vector)
      const env = Object.fromEntries(vector.map((value, index) => [`V${index}`, value]))
      const names = Object.keys(env).map(name => ask`printf '%s\0' "$${ask([name])}"`)
      const each = names.map(String).join('; ')
      expect(await words(ask([`sh`, '-c', each]).withEnv(env))).toEqual(vector)
      const text = EVIL.join('\n')
      expect(await words(ask`cat; printf '\0'`.withStdin(text))).toEqual([text])
    })

    it('arrives as it is in streams, to and fro', async () => {
      const bytes = Buffer.from(EVIL.join('\0'))
      const [result] = await host().runAll([as(ask`cat; printf x`).withStdin(Readable.from([bytes]))])
      expect(result?.stdoutBytes).toEqual(Buffer.concat([bytes, Buffer.from('x')]))
    })

    it('arrives as it is, whatever it is', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 60 }), async any => {
          expect(await words(ask`set -- ${any}; ${print}`)).toEqual(any)
        }),
        { numRuns: 15 },
      )
    })

    it('names directories and files as it is', async () => {
      const [made] = await host().runAll([as(change`mktemp -d`)])
      const directory = made?.stdout ?? ''
      for (const name of NAMES) {
        const inside = `${directory}/${name.replaceAll('/', '_')}`
        const [, pwd] = await host().runAll([
          as(change`mkdir -- ${inside}`),
          as(ask`pwd; printf .`).in(inside),
          as(change`printf %s in`).to(`${inside}/${name.replaceAll('/', '_')}`),
        ])
        expect(pwd?.stdout).toBe(`${inside}\n.`)
      }
      const [listed] = await host().runAll([as(ask`find ${directory} -type f -printf '%f\0'`)])
      const found = (listed?.stdoutBytes.toString() ?? '').split('\0').slice(0, -1)
      expect(found.toSorted()).toEqual(NAMES.map(name => name.replaceAll('/', '_')).toSorted())
      await host().runAll([as(change`rm -r -- ${directory}`)])
    })
  })

  it('comes with a file as it is', async () => {
    const { files } = hosts['over SSH, logged in with /bin/bash'] as Host
    const large = Buffer.alloc(9_000_000, 'é\n')
    await files.write('/tmp/large', large)
    expect((await files.read('/tmp/large')).equals(large)).toBe(true)
  })

  it.each(['a\0b', 'half of a pair: \ud800'])('is refused when no argument can be that: %j', async text => {
    for (const make of [
      () => ask`echo ${text}`,
      () => ask(['echo', text]),
      () => ask`pwd`.in(text),
      () => ask`cat`.to(text),
    ]) {
      await expect((async () => hosts['on this machine']?.runAll([make()]))()).rejects.toThrow(OptionError)
    }
  })
})

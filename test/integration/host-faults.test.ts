import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import {
  ask,
  type CallOptions,
  type Command,
  ConnectionError,
  change,
  Host,
  HostKeyError,
  raw,
} from 'dye-deploy'
import { execa } from 'execa'
import { build } from 'tsup'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sshHost } from '../support/carers.js'
import { needsTestServer } from '../support/needs.js'
import { TestServer } from '../support/test-server.js'

const REPOSITORY_ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Milliseconds in which what breaks loudly is noticed. */
const SOON_MS = 5_000

/** Milliseconds in which silence is noticed: 30 seconds, and a little for a busy machine. */
const SILENCE_MS = 35_000

/** A duration that no other process on this machine sleeps for. */
let sleeps = 0
const unique = () => raw(`86400.${process.pid}${String(++sleeps).padStart(3, '0')}`)

/** What a promise came to, within a time; `undefined` if it did not. */
async function within<T>(
  ms: number,
  promise: Promise<T>,
): Promise<{ value?: T; error?: unknown; ms: number } | undefined> {
  const begun = Date.now()
  const settled = promise.then(
    value => ({ value, ms: Date.now() - begun }),
    (error: unknown) => ({ error, ms: Date.now() - begun }),
  )
  return Promise.race([settled, pause(ms, undefined, { ref: false })])
}

/** Starts a command; resolves once it has printed something. Its end is wrapped: awaiting this must not wait for it. */
async function inTheMiddle(host: Host, command: Command, options: CallOptions = {}) {
  let running: Promise<unknown> | undefined
  const begun = new Promise<void>((resolve, reject) => {
    running = host.runAll([command], { ...options, onOutput: () => resolve() })
    running.catch(reject)
  })
  await begun
  return { running: running as Promise<unknown> }
}

type Durations = readonly { readonly text: string }[]

/** A pattern for the processes that sleep for one of the durations, or would; not for who looks for them. */
function patternOf(durations: Durations): string {
  return `s[l]eep (${durations.map(({ text }) => text.replace('.', '[.]')).join('|')})`
}

/** The processes on a server that sleep for one of the durations, or would. */
async function sleepers(server: TestServer, ...durations: Durations): Promise<string> {
  return (await server.exec(`pgrep -af '${patternOf(durations)}' || :`)).stdout
}

/** Ends them, so that a host that is closed does not wait for them. */
async function endSleepers(server: TestServer, ...durations: Durations): Promise<void> {
  await server.exec(`pkill -9 -f '${patternOf(durations)}' || :`)
}

/** Settings of sshd, in force when this resolves (after a reload it would listen a moment later); open sessions keep theirs. */
async function configure(server: TestServer, ...lines: readonly string[]): Promise<void> {
  await server.writeFile('/etc/ssh/sshd_config.d/test.conf', `${lines.join('\n')}\n`)
  await server.exec('sshd -t && systemctl restart ssh')
}

/** The library as its users have it, so that what is measured is not the compiler's. */
async function built(directory: string): Promise<string> {
  const outDir = join(directory, 'built')
  await mkdir(outDir)
  await symlink(join(REPOSITORY_ROOT, 'node_modules'), join(directory, 'node_modules'))
  const entry = [join(REPOSITORY_ROOT, 'src', 'index.ts')]
  await build({ config: false, entry, outDir, format: 'esm', target: 'node20', silent: true })
  return join(outDir, 'index.js')
}

needsTestServer('a host over SSH when things go wrong', () => {
  let server: TestServer
  let directory: string

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-faults-'))
    server = await TestServer.start()
  })

  afterAll(async () => {
    await server?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  describe('sshd', () => {
    it.each([
      ['its unprivileged', (pid: string) => `kill -9 ${pid}`],
      ['its privileged and unprivileged', (pid: string) => `kill -9 $(ps -o ppid= -p ${pid}) ${pid}`],
      ['in good order, its', (pid: string) => `kill -TERM ${pid}`],
    ])('ends %s session process in mid-command', async (_, kill) => {
      await using host = sshHost(server)
      const pid = (await host.ask`echo $PPID`).stdout
      const { running } = await inTheMiddle(host, change`echo begun; sleep ${unique()}`)
      const queued = host.run`true`
      queued.catch(() => {}) // it may fail before it is waited for
      await server.exec(kill(pid))
      const outcome = await within(SOON_MS, running)
      expect(outcome?.error).toBeInstanceOf(ConnectionError)
      expect(outcome?.error).toMatchObject({ code: 'CONNECTION_LOST', mayHaveRun: true })
      // one that waited its turn was never sent: it fails as such, or is run on a new connection
      const next = await within(SOON_MS, queued)
      expect(next).toBeDefined()
      if (next?.error) expect(next.error).toMatchObject({ mayHaveRun: false })
      expect((await host.ask`echo again`).stdout).toBe('again')
      expect(host.connects).toBe(2)
    })

    it('is restarted in mid-session: the session survives, on the same connection', async () => {
      await using host = sshHost(server)
      const go = `/tmp/go-${process.pid}`
      const wait = change`echo begun; until [ -e ${go} ]; do sleep 0.05; done; echo done`
      const { running } = await inTheMiddle(host, wait)
      await server.exec('systemctl restart ssh')
      await server.exec(`: >${go}`)
      expect(await running).toMatchObject([{ stdout: 'begun\ndone' }])
      expect((await host.ask`echo again`).stdout).toBe('again')
      expect(host.connects).toBe(1)
    })

    it('starts two seconds after it was asked for', async () => {
      await server.exec('systemctl stop ssh')
      await using host = sshHost(server)
      const asked = host.ask`echo here`
      asked.catch(() => {})
      await pause(2_000) // the fault itself: that long nobody listens
      await server.exec('systemctl start ssh')
      expect((await asked).stdout).toBe('here')
      expect(host.connects).toBe(1)
    })

    it('has no slot free for one more log-in: it is tried again until there is', async () => {
      await using throttled = await TestServer.start()
      await configure(throttled, 'MaxStartups 1:100:1', 'LoginGraceTime 60')
      const holder: Socket = connect(22, throttled.address)
      await once(holder, 'data') // greeted, and not logged in: it holds the only slot
      await using host = sshHost(throttled)
      const asked = host.ask`echo here`
      asked.catch(() => {})
      await expect
        .poll(
          async () =>
            (await throttled.exec('journalctl -u ssh --no-pager | grep -ci maxstartups || :')).stdout,
          {
            timeout: SOON_MS,
          },
        )
        .not.toBe('0')
      holder.destroy()
      expect((await asked).stdout).toBe('here')
      expect(host.connects).toBe(1)
    })

    it.each([
      [1, 4],
      [2, 4],
      [10, 12],
    ])('allows %d sessions on a connection, and we want %d and one', async (most, wanted) => {
      await using narrow = await TestServer.start()
      await configure(narrow, `MaxSessions ${most}`)
      await using host = sshHost(narrow)
      const shells = Array.from({ length: wanted }, () => host.ownSession())
      const numbers = Array.from({ length: 24 }, (_, index) => String(index))
      const said = Promise.all(
        numbers.map(
          (number, index) => (shells[index % (wanted + 1)] ?? host).ask`sleep 0.02; echo ${number}`,
        ),
      )
      const outcome = await within(20_000, said)
      expect(outcome?.error).toBeUndefined()
      expect(outcome?.value?.map(({ stdout }) => stdout)).toEqual(numbers)
      await Promise.all(shells.map(shell => shell.closeSession()))
    })

    it.each([1, 2])('allows %d sessions, and a time limit ends what runs all the same', async most => {
      await using narrow = await TestServer.start()
      await configure(narrow, `MaxSessions ${most}`)
      await using host = sshHost(narrow)
      const long = unique()
      const { running } = await inTheMiddle(host, change`echo begun; sleep ${long}`, { timeout: 1_000 })
      const outcome = await within(15_000, running)
      const left = await sleepers(narrow, long)
      await endSleepers(narrow, long)
      expect(outcome?.error).toMatchObject({ code: 'TIMED_OUT' })
      expect(left).toBe('')
      expect((await host.ask`echo again`).stdout).toBe('again')
    })

    it('has another key than before: says which line of which file has the old one', async () => {
      const key = join(directory, 'old-key')
      await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key])
      const [type, old] = (await readFile(`${key}.pub`, 'utf8')).split(' ')
      const knownHosts = join(directory, 'known_hosts')
      const text = `# ours\nother.example.org ${type} ${old}\n${server.address} ${type} ${old}\n`
      await writeFile(knownHosts, text)
      await using host = Host.ssh(`deploy@${server.address}`, {
        knownHosts,
        identityFile: server.identityFile,
      })
      const outcome = await within(SOON_MS, host.run`touch /tmp/was-here`)
      expect(outcome?.error).toBeInstanceOf(HostKeyError)
      expect(outcome?.error).toMatchObject({ code: 'HOST_KEY_CHANGED' })
      expect(String(outcome?.error)).toContain(`${knownHosts}, line 3`)
      expect((await server.exec('ls /tmp')).stdout).not.toContain('was-here')
    })

    it('changes its key while we are connected: the next connection is refused', async () => {
      await using changing = await TestServer.start()
      await using host = sshHost(changing)
      const pid = (await host.ask`echo $PPID`).stdout
      await changing.exec(
        "rm /etc/ssh/ssh_host_*; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key; systemctl restart ssh",
      )
      expect((await host.ask`echo still`).stdout).toBe('still')
      await changing.exec(`kill -9 ${pid}`)
      await expect
        .poll(() => within(SOON_MS, host.ask`echo again`))
        .toMatchObject({ error: { code: 'HOST_KEY_CHANGED' } })
    })
  })

  describe.concurrent('the network', () => {
    it('falls silent: who runs a command, and who is idle, know within 30 seconds', {
      timeout: 120_000,
    }, async () => {
      await using silent = await TestServer.start()
      await using busy = sshHost(silent)
      await using idle = sshHost(silent)
      expect((await idle.ask`echo here`).stdout).toBe('here')
      const { running } = await inTheMiddle(busy, change`echo begun; sleep ${unique()}`)
      await silent.cut()
      const cut = Date.now()
      const outcome = await within(60_000, running)
      const tookMs = Date.now() - cut
      await pause(Math.max(0, cut + SILENCE_MS - Date.now()))
      const asked = await within(30_000, idle.run`true`)
      await silent.mend()
      expect((await busy.ask`echo again`).stdout).toBe('again')
      expect((await idle.ask`echo again`).stdout).toBe('again')
      expect(outcome?.error).toBeInstanceOf(ConnectionError)
      expect(outcome?.error).toMatchObject({ code: 'CONNECTION_LOST', mayHaveRun: true })
      // it was known to be lost before anything was sent
      expect(asked?.error).toBeInstanceOf(ConnectionError)
      expect(asked?.error).toMatchObject({ code: 'CONNECT_FAILED', mayHaveRun: false })
      expect(tookMs).toBeLessThan(SILENCE_MS)
    })

    it('falls silent for ten seconds only: nothing is lost', { timeout: 60_000 }, async () => {
      await using shaky = await TestServer.start()
      await using host = sshHost(shaky)
      const { running } = await inTheMiddle(host, change`echo begun; sleep 1; echo done`)
      await shaky.cut()
      await pause(10_000) // the fault itself
      await shaky.mend()
      expect(await running).toMatchObject([{ stdout: 'begun\ndone' }])
      expect(host.connects).toBe(1)
    })

    it('is slow: five megabytes arrive whole and in order, and no limit strikes early', {
      timeout: 120_000,
    }, async () => {
      await using far = await TestServer.start()
      await far.exec('tc qdisc add dev eth0 root tbf rate 1mbit burst 16kbit latency 2s')
      await far.delay(100)
      await using host = sshHost(far)
      const begun = Date.now()
      const print = ask`seq 1 770000 | head -c 5000000`
      const [result] = await host.runAll([print, ask`echo after`], { timeout: 110_000 })
      const tookMs = Date.now() - begun
      const here = createHash('sha256')
      here.update(
        (await execa('sh', ['-c', 'seq 1 770000 | head -c 5000000'], { encoding: 'buffer' })).stdout,
      )
      expect(
        createHash('sha256')
          .update(result?.stdoutBytes ?? '')
          .digest('hex'),
      ).toBe(here.digest('hex'))
      expect(tookMs).toBeGreaterThan(SILENCE_MS) // or this did not test that the silence limit counts silence only
      expect((await host.ask`echo again`).stdout).toBe('again')
      expect(host.connects).toBe(1)
    })

    it('is slow while input is sent', { timeout: 60_000 }, async () => {
      await using far = await TestServer.start()
      await far.delay(100)
      await using host = sshHost(far)
      const input = randomBytes(1_000_000).toString('base64')
      const [result] = await host.runAll([ask`sha256sum | cut -c 1-64`.withStdin(input)], { timeout: 30_000 })
      expect(result?.stdout).toBe(createHash('sha256').update(input).digest('hex'))
    })

    it('is slow: a time limit that strikes before the shell has answered ends the command all the same', async () => {
      await using far = await TestServer.start()
      await using host = sshHost(far)
      await host.run`true`
      await far.delay(100)
      // opening a channel takes 400 ms, the shell's first words 200 ms more
      for (const timeout of [150, 300, 450, 500, 550, 700]) {
        const long = unique()
        const own = host.ownSession()
        const outcome = await within(10_000, own.runAll([change`sleep ${long}`], { timeout }))
        await expect
          .poll(() => sleepers(far, long), { timeout: 3_000 })
          .toBe('')
          .catch(async error => {
            await endSleepers(far, long)
            throw new Error(`with a limit of ${timeout} ms: ${error}`)
          })
        expect(outcome?.error).toMatchObject({ code: 'TIMED_OUT' })
        await own.closeSession()
      }
    })

    it('ends at a server that hangs: time limit and signal hold while connecting', {
      timeout: 60_000,
    }, async () => {
      await using hung = await TestServer.start()
      await hung.freeze()
      const [limited, stopped] = [sshHost(hung), sshHost(hung)]
      const controller = new AbortController()
      setTimeout(() => controller.abort(), 500)
      const outcomes = await Promise.all([
        within(SOON_MS, limited.runAll([change`true`], { timeout: 500 })),
        within(SOON_MS, stopped.runAll([change`true`], { signal: controller.signal })),
      ])
      await hung.mend()
      await Promise.all([limited.close(), stopped.close()])
      expect(outcomes.map(outcome => outcome?.error)).toMatchObject([
        { code: 'TIMED_OUT' },
        { code: 'CANCELLED' },
      ])
    })

    it('ends at a server that hangs: a host can be closed all the same', async () => {
      await using hung = await TestServer.start({ systemd: false })
      await hung.freeze()
      const host = sshHost(hung)
      const asked = within(SOON_MS, host.run`true`)
      await pause(200)
      expect(await within(SOON_MS, host.close())).toBeDefined()
      expect(await asked).toMatchObject({ error: { code: 'CONNECT_FAILED', mayHaveRun: false } })
      await hung.mend()
    })

    it('loses power at its far end and comes back: known soon after, and connected anew', {
      timeout: 90_000,
    }, async () => {
      await using rebooted = await TestServer.start()
      await using host = sshHost(rebooted)
      const { running } = await inTheMiddle(host, change`echo begun; sleep ${unique()}`)
      await rebooted.kill()
      await rebooted.mend()
      const outcome = await within(SILENCE_MS, running)
      expect(outcome?.error).toMatchObject({ code: 'CONNECTION_LOST', mayHaveRun: true })
      expect((await host.ask`echo again`).stdout).toBe('again')
    })
  })

  describe('a time limit or a signal', () => {
    const limits: readonly [string, () => CallOptions][] = [
      ['a time limit', () => ({ timeout: 1_000 })],
      [
        'a signal',
        () => {
          const controller = new AbortController()
          setTimeout(() => controller.abort(), 1_000)
          return { signal: controller.signal }
        },
      ],
    ]
    type Duration = ReturnType<typeof unique>
    const commands: readonly [string, (one: Duration, two: Duration) => Command][] = [
      ['a child', (one, two) => change`echo begun; sleep ${one}; sleep ${two}`],
      ['a child of another user', (one, two) => change`echo begun; sleep ${one}; sleep ${two}`.asRoot()],
      ['one that ignores TERM', (one, two) => change`trap '' TERM; echo begun; sleep ${one}; sleep ${two}`],
      [
        'a child that ignores TERM, of one that does not',
        (one, two) => change`sh -c ${`trap "" TERM; echo begun; sleep ${one.text}; sleep ${two.text}`}; true`,
      ],
      ['children in the background', (one, two) => change`sleep ${one} & sleep ${two} & echo begun; wait`],
      [
        'children in the background that ignore TERM, of one that does not',
        (one, two) =>
          change`( trap '' TERM; sleep ${one} ) & ( trap '' TERM; sleep ${two} ) & echo begun; wait`,
      ],
      [
        'children in the background of root that ignore TERM',
        (one, two) =>
          change`( trap '' TERM; sleep ${one} ) & ( trap '' TERM; sleep ${two} ) & echo begun; wait`.asRoot(),
      ],
      ['a pipe', (one, two) => change`echo begun; { sleep ${one}; } | { sleep ${two}; }`],
    ]
    const cases = limits.flatMap(([by, limit]) =>
      commands.map(([what, make]) => [by, what, limit, make] as const),
    )

    it.each(cases)('%s ends %s, whole', async (_by, _what, limit, make) => {
      await using host = sshHost(server)
      await host.run`true` // connecting takes of the time, too
      const [one, two] = [unique(), unique()]
      const { running } = await inTheMiddle(host, make(one, two), limit())
      const outcome = await within(20_000, running)
      const left = await sleepers(server, one, two)
      await endSleepers(server, one, two)
      expect(outcome?.error).toMatchObject({ code: expect.stringMatching(/^(TIMED_OUT|CANCELLED)$/) })
      expect(left).toBe('')
      expect((await host.ask`echo again`).stdout).toBe('again')
      expect(host.connects).toBe(1)
    })

    it('lets nothing that comes later in the batch begin', async () => {
      await using host = sshHost(server)
      const marker = `/tmp/later-${process.pid}`
      const batch = [change`sleep ${unique()}`.accepting(143, 137), change`touch ${marker}`]
      const outcome = await within(SOON_MS, host.runAll(batch, { timeout: 500 }))
      expect(outcome?.error).toMatchObject({ code: 'TIMED_OUT' })
      expect((await server.exec(`ls ${marker} 2>&1 || :`)).stdout).toContain('No such file')
    })
  })

  describe('framing', () => {
    const places: readonly [string, () => Host][] = [
      ['over SSH', () => sshHost(server)],
      ['on this machine', () => Host.local()],
    ]
    const hostile: readonly [string, Command][] = [
      ['eats its input', change`cat; read -r line; head -c 100000; sh`.accepting(1)],
      ['exits', change`exit 3`.accepting(3)],
      ['becomes another program', change`exec false`.accepting(1)],
      ['kills itself', change`sh -c 'kill -9 $$'`.accepting(137)],
      ['closes its output', change`exec >&- 2>&-`],
      ['does not parse', change`if then ( ;;`.accepting(1, 2, 127)],
      ['has a return', change`return 4`.accepting(4, 2, 1, 0)],
      ['sets options', change`set -eu; set -x; false`.accepting(1)],
      ['sets traps', change`trap 'echo trapped; exit 7' EXIT TERM INT`.accepting(7)],
      [
        'redefines what the runner uses',
        change`mark() { :; }; run() { :; }; printf() { :; }; head() { :; }; code=9`,
      ],
      ['prints what a marker begins with', change`printf '\036'; printf '\036' >&2`],
      ['prints a marker of another token', change`printf '\036%s 0 0\n' 0123456789abcdef01234567`],
      [
        'prints the token, if it can',
        change`printf '\036%s 0 0\n' "\${T-}"; printf '\036%s 0 0\n' "\${T-}" >&2`,
      ],
      ['prints every byte', change`awk 'BEGIN { for (i = 0; i < 256; i++) printf "%c\036", i }'`],
      ['prints much without a line end', change`head -c 300000 /dev/zero | tr '\0' '\036'`],
      ['leaves a child that holds its output', change`sleep 20 & echo $!`],
    ]

    describe.each(places)('%s', (_, makeHost) => {
      it.each(hostile)('a command that %s spoils no other', async (_what, command) => {
        await using host = makeHost()
        const outcome = await within(
          SOON_MS,
          host.runAll([
            ask`echo before; echo e1 >&2`,
            command,
            ask`echo after; echo e2 >&2`,
            ask`cat; exit 0`,
          ]),
        )
        const results = outcome?.value
        expect(outcome?.error).toBeUndefined()
        expect(results?.length).toBe(4)
        expect([results?.[0]?.stdout, results?.[0]?.stderr.trim()]).toEqual(['before', 'e1'])
        expect([results?.[2]?.stdout, results?.[2]?.stderr.trim()]).toEqual(['after', 'e2'])
        expect(results?.[3]?.stdoutBytes.length).toBe(0)
        expect((await host.ask`echo again`).stdout).toBe('again')
        const child = /^\d+$/.exec(results?.[1]?.stdout ?? '')
        if (child) await host.run`kill ${child[0]}`
      })

      it('a command that kills the shell itself is told apart, and the next one has a new shell', async () => {
        await using host = makeHost()
        await host.run`true`
        const outcome = await within(SOON_MS, host.run`kill -9 $$`)
        expect(outcome?.error).toMatchObject({ code: 'CONNECTION_LOST', mayHaveRun: true })
        expect((await host.ask`echo again`).stdout).toBe('again')
      })

      it('a shell that is killed while a child runs on is noticed at once', async () => {
        await using host = makeHost()
        await host.run`true`
        const outcome = await within(SOON_MS, host.run`kill -9 $$; sleep 12`)
        expect(outcome?.error).toMatchObject({ code: 'CONNECTION_LOST', mayHaveRun: true })
        expect((await host.ask`echo again`).stdout).toBe('again')
      })

      it('a child in the background that prints later does not confuse who said how it ended', async () => {
        await using host = makeHost()
        const go = join(makeHost().name.startsWith('local') ? directory : '/tmp', `late-${process.pid}`)
        await host.run`{ until [ -e ${go} ]; do sleep 0.05; done; echo late; : >${go}.done; } & :`
        const wait = ask`: >${go}; until [ -e ${go}.done ]; do sleep 0.05; done; echo mine; exit 3`
        const [during, after] = await host.runAll([wait.accepting(3), ask`echo after`])
        expect(during).toMatchObject({ exitCode: 3, lines: expect.arrayContaining(['mine']) })
        expect(after).toMatchObject({ exitCode: 0, stdout: 'after' })
      })
    })
  })

  describe('memory', () => {
    it('stays small while a command prints a gigabyte', { timeout: 180_000 }, async () => {
      const library = await built(directory)
      const program = `
        import { Host, ask } from ${JSON.stringify(library)}
        const [target, identityFile, knownHosts] = process.argv.slice(1)
        const host = Host.ssh(target, { identityFile, knownHosts })
        let bytes = 0
        await host.run\`true\`
        const before = process.resourceUsage().maxRSS
        const print = ask\`head -c 1073741824 /dev/zero | tr '\\0' x\`
        await host.runAll([print], { onOutput: (_, chunk) => { bytes += chunk.length } })
        const after = process.resourceUsage().maxRSS
        await host.close()
        console.log(JSON.stringify({ bytes, before, after }))`
      const words = [`deploy@${server.address}`, server.identityFile, server.knownHosts]
      const { stdout } = await execa('node', ['--input-type=module', '-e', program, '--', ...words])
      const { bytes, before, after } = JSON.parse(stdout)
      console.log(`a gigabyte over SSH: ${before >> 10} MiB before, ${after >> 10} MiB at most`)
      expect(bytes).toBe(1_073_741_824)
      expect(after / 1024).toBeLessThan(150)
    })
  })
})

import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { execa, execaSync } from 'execa'

const PROGRAM = fileURLToPath(new URL('test-server.sh', import.meta.url))
const RUN = '/run/dye-test-server'

export interface TestServerOptions {
  /** Services that run on it besides sshd and cron. @defaultValue none */
  readonly with?: readonly ('apache2' | 'nginx' | 'mariadb' | 'postgresql' | 'supervisor')[]
  /** False: no systemd, as in many containers. @defaultValue true */
  readonly systemd?: boolean
  /** Size of its disk, as tmpfs takes it. @defaultValue `1g` */
  readonly size?: string
}

/** What a command on a test server printed. */
export interface Said {
  readonly exitCode: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** Runs the program behind the test servers. */
export async function testServerProgram(...words: readonly string[]): Promise<string> {
  // its output goes to files: daemons that it starts would keep pipes open
  const { stdout } = await execa(PROGRAM, words, { stdin: 'ignore' })
  return stdout
}

/**
 * A throwaway Debian server out of Linux namespaces: its own address, systemd, sshd, `deploy` (sudo without
 * password) and `ops` (sudo asks for `secret`). It is gone when stopped, or when this process is gone.
 */
export class TestServer implements AsyncDisposable {
  private constructor(
    readonly name: string,
    readonly address: string,
  ) {}

  static async start(options: TestServerOptions = {}): Promise<TestServer> {
    const name = `t${randomBytes(4).toString('hex')}`
    const { with: services = [], systemd = true, size } = options
    const said = await testServerProgram(
      ...['up', name, '--owner', String(process.pid)],
      ...(services.length > 0 ? ['--with', services.join(',')] : []),
      ...(systemd ? [] : ['--no-systemd']),
      ...(size ? ['--size', size] : []),
    )
    return new TestServer(name, said.trim().split(' ').at(-1) ?? '')
  }

  /** Private key that `deploy` and `ops` let in. */
  readonly identityFile = `${RUN}/key`

  /** A known_hosts file with the server's key. */
  get knownHosts(): string {
    return `${RUN}/${this.name}/known_hosts`
  }

  /** Runs a shell script as root on the server, without ssh; what it says is trimmed. */
  async exec(script: string, options: { input?: string | Uint8Array; reject?: boolean } = {}): Promise<Said> {
    const { exitCode, stdout, stderr } = await execa(PROGRAM, ['exec', this.name, 'sh', '-c', script], {
      ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
      reject: options.reject ?? true,
    })
    return { exitCode, stdout, stderr }
  }

  /** Writes a file on the server. */
  async writeFile(
    path: string,
    content: string | Uint8Array,
    { owner = 'root', mode = '644' } = {},
  ): Promise<void> {
    const input = typeof content === 'string' && content === '' ? '\n' : content
    await this.exec(`cat >'${path}' && chown ${owner} '${path}' && chmod ${mode} '${path}'`, { input })
  }

  /** A tar of something in a directory. */
  async pack(directory: string, path: string): Promise<Uint8Array> {
    const words = ['exec', this.name, 'tar', '-C', directory, '-c', path]
    const { stdout } = await execa(PROGRAM, words, {
      ...{ stdin: 'ignore', encoding: 'buffer', stripFinalNewline: false },
    })
    return stdout
  }

  /** A power cut; {@link TestServer.mend} boots it again. */
  async kill(): Promise<void> {
    await testServerProgram('kill', this.name)
  }

  /** No process runs, the kernel still answers. */
  async freeze(): Promise<void> {
    await testServerProgram('freeze', this.name)
  }

  /** Pulls the cable, or resets the open ssh sessions. */
  async cut(how: 'drop' | 'reset' = 'drop'): Promise<void> {
    await testServerProgram('cut', this.name, ...(how === 'reset' ? ['reset'] : []))
  }

  /** Resets the open ssh sessions; this process does nothing else until they are. */
  cutNow(): void {
    execaSync(PROGRAM, ['cut', this.name, 'reset'], { stdin: 'ignore' })
  }

  /** Adds milliseconds each way, and loses a percentage of the frames. */
  async delay(ms: number, lossPercent = 0): Promise<void> {
    await testServerProgram('delay', this.name, String(ms), String(lossPercent))
  }

  /** Fills the disk, or one directory. */
  async fill(directory?: string): Promise<void> {
    await testServerProgram('fill', this.name, ...(directory ? [directory] : []))
  }

  /** Makes directories read-only. */
  async readOnly(...directories: readonly string[]): Promise<void> {
    await testServerProgram('ro', this.name, ...directories)
  }

  /** Undoes all faults. */
  async mend(): Promise<void> {
    await testServerProgram('mend', this.name)
  }

  async stop(): Promise<void> {
    await testServerProgram('down', this.name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

import { randomBytes } from 'node:crypto'
import type { Command } from '../command/command.js'
import { quote } from '../command/quote.js'
import { CommandResult } from '../command/result.js'
import { shellText } from '../command/shell.js'
import { ConnectionError } from '../errors/connection-error.js'
import { stopwatch } from '../support/clock.js'
import { logOf } from '../support/log.js'
import type { HostProcess, OutputListener, ProcessStarter, Shell } from './connection.js'
import { MarkerSplitter } from './marker-splitter.js'
import { Output } from './output.js'
import { frame, HEARTBEAT_MS, runnerScript } from './runner-script.js'

const log = logOf('host')

interface Running {
  readonly commands: readonly Command[]
  readonly results: CommandResult[]
  readonly onOutput: OutputListener | undefined
  readonly done: (results: readonly CommandResult[]) => void
  readonly lost: (error: Error) => void
  stdout: Output
  stderr: Output
  markers: number
  elapsed: () => number
}

/** The signal of an exit code of a shell: 143 is SIGTERM. Only those that end processes from outside. */
const SIGNALS: Readonly<Record<number, string>> = {
  129: 'SIGHUP',
  130: 'SIGINT',
  137: 'SIGKILL',
  143: 'SIGTERM',
}

/**
 * A shell on a host that lives as long as we want it to. Each batch of commands is one round trip.
 *
 * What a command opens {@link Command.inSession} (a lock) stays open until the session ends, and every
 * later command inherits it.
 */
export class Session implements Shell {
  readonly #token = randomBytes(12).toString('hex')
  readonly #heartbeat: NodeJS.Timeout
  #queue: Promise<unknown> = Promise.resolve()
  #running: Running | undefined
  #processGroup = 0
  #greeting = ''
  #over: Error | undefined
  #quitting = false
  roundTrips = 0

  private constructor(
    private readonly starter: ProcessStarter,
    private readonly process: HostProcess,
  ) {
    const bytes = runnerScript(this.#token)
    process.stdin.write(bytes)
    for (const stream of ['stdout', 'stderr'] as const) {
      const splitter = new MarkerSplitter(this.#token, {
        data: chunk => this.#onData(stream, chunk),
        marker: (label, value) => this.#onMarker(label, value),
      })
      process[stream].on('data', chunk => splitter.push(chunk))
    }
    void process.ended.then(end => this.#onEnd(end.exitCode))
    this.#heartbeat = setInterval(() => this.#send(frame('heartbeat')), HEARTBEAT_MS).unref()
  }

  /** Starts the shell. The line is valid in any log-in shell; all else goes through standard input. */
  static async open(starter: ProcessStarter): Promise<Session> {
    const length = Buffer.byteLength(runnerScript('x'.repeat(24)))
    return new Session(starter, await starter.spawn(`exec sh -c 'eval "$(head -c ${length})"'`))
  }

  get alive(): boolean {
    return this.#over === undefined && !this.#quitting
  }

  perform(commands: readonly Command[], onOutput?: OutputListener): Promise<readonly CommandResult[]> {
    const turn = this.#queue.then(() => this.#batch(commands, onOutput))
    this.#queue = turn.catch(() => {})
    return turn
  }

  guard(commands: readonly Command[]): void {
    this.#send(frame('guard', commands.map(command => `(\n${shellText(command)}\n)`).join('\n')))
  }

  /** By SIGTERM to the process group of the shell. */
  interrupt(): void {
    if (!this.#running || !this.#processGroup) return
    const killed = this.#kill().catch(error => log('%s: %s', this.starter.name, error))
    this.#queue = Promise.all([this.#queue, killed]) // what comes next must not be hit
  }

  async close(): Promise<void> {
    await this.#queue
    this.#quitting = true
    this.#send(frame('quit'))
    this.process.stdin.end()
    await this.process.ended
  }

  async #kill(): Promise<void> {
    const line = `kill -s TERM -- -${this.#processGroup}; sudo -n kill -s TERM -- -${this.#processGroup}`
    const killer = await this.starter.spawn(`exec sh -c '${line}' >/dev/null 2>&1`)
    killer.stdin.end()
    await killer.ended
  }

  #send(text: string): void {
    if (this.#over === undefined) this.process.stdin.write(text)
  }

  #batch(commands: readonly Command[], onOutput?: OutputListener): Promise<readonly CommandResult[]> {
    if (commands.length === 0) return Promise.resolve([])
    if (this.#over) return Promise.reject(this.#over)
    const lines = commands.map((command, index) => {
      const runner = command.parts.inSession ? 'keep' : 'run'
      log('%s: %s', this.starter.name, command)
      return `${runner} ${index} ${quote(['0', ...command.parts.accepted].join(' '))} ${quote(shellText(command))}`
    })
    this.roundTrips += 1
    return new Promise((done, lost) => {
      this.#running = {
        ...{ commands, onOutput, done, lost, results: [], markers: 0, elapsed: stopwatch() },
        ...{ stdout: new Output(), stderr: new Output() },
      }
      this.#send(frame('run', lines.join(' &&\n')))
    })
  }

  #onData(stream: 'stdout' | 'stderr', chunk: Buffer): void {
    const running = this.#running
    const command = running?.commands[running.results.length]
    if (!running || !command) {
      this.#greeting = `${this.#greeting}${chunk}`.slice(-2000) // a banner, or the noise of a start-up file
      return
    }
    running[stream].append(chunk)
    running.onOutput?.(stream, chunk, command)
  }

  #onMarker(label: string, value: number): void {
    if (label === 'hello') {
      this.#processGroup = value
      return
    }
    const running = this.#running
    const command = running?.commands[running.results.length]
    if (!running || !command) return
    running.markers += 1
    if (running.markers < 2) return // the other stream may have more to say
    running.results.push(this.#resultOf(running, command, value))
    Object.assign(running, { markers: 0, stdout: new Output(), stderr: new Output(), elapsed: stopwatch() })
    const stopped = value !== 0 && !command.parts.accepted.includes(value)
    if (stopped || running.results.length === running.commands.length) {
      this.#running = undefined
      running.done(running.results)
    }
  }

  #resultOf(running: Running, command: Command, exitCode: number): CommandResult {
    return new CommandResult({
      command: command.toString(),
      host: this.starter.name,
      exitCode,
      signal: SIGNALS[exitCode],
      stdoutBytes: running.stdout.bytes(),
      stderrBytes: running.stderr.bytes(),
      durationMs: running.elapsed(),
    })
  }

  #onEnd(exitCode: number | undefined): void {
    clearInterval(this.#heartbeat)
    const begun = this.#processGroup !== 0
    this.#over = new ConnectionError(begun ? 'CONNECTION_LOST' : 'CONNECT_FAILED', {
      what: begun ? 'finish what was running' : 'start a shell',
      host: this.starter.name,
      why: begun
        ? 'the connection was lost'
        : `the log-in shell ended with exit code ${exitCode ?? 'unknown'}`,
      output: begun ? undefined : this.#greeting,
      remedy: begun ? 'run the deploy again: it finds out how far this one came.' : undefined,
      mayHaveRun: begun && this.#running !== undefined,
    })
    this.#running?.lost(this.#over)
    this.#running = undefined
  }
}

import { randomBytes } from 'node:crypto'
import type { Command } from '../command/command.js'
import { quote } from '../command/quote.js'
import type { CommandResult } from '../command/result.js'
import { shellText } from '../command/shell.js'
import { ConnectionError } from '../errors/connection-error.js'
import { logOf } from '../support/log.js'
import type { HostProcess, PerformOptions, ProcessEnd, ProcessStarter, Shell } from './connection.js'
import { MarkerSplitter } from './marker-splitter.js'
import { frame, HEARTBEAT_MS, killScript, runnerScript } from './runner-script.js'
import { RunningBatch, type StreamName } from './running-batch.js'

const log = logOf('host')

/** Runs each command of a guard, whatever becomes of those before it. */
function guardText(commands: readonly Command[]): string {
  return commands.map(command => `(\n${shellText(command)}\n)`).join('\n')
}

/** Milliseconds that are left to the output of a shell that has exited: a child may hold it open for ever. */
const CHILDREN_MS = 1_000

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
  #killing: Promise<void> = Promise.resolve()
  #running: RunningBatch | undefined
  #processGroup = 0
  /** Streams on which the runner has spoken: what comes before is a banner, or the noise of a start-up file. */
  readonly #greeted = new Set<StreamName>()
  #greeting = ''
  #over: ProcessEnd | undefined
  #interruptedEarly = false
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
        marker: (label, value) => this.#onMarker(stream, label, value),
      })
      process[stream].on('data', chunk => splitter.push(chunk))
    }
    void process.ended.then(end => this.#onEnd(end))
    void process.exited.then(end => setTimeout(() => this.#onEnd(end), CHILDREN_MS).unref())
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

  perform(commands: readonly Command[], options: PerformOptions = {}): Promise<readonly CommandResult[]> {
    const turn = this.#queue.then(async () => {
      const { signal } = options
      signal?.throwIfAborted()
      const interrupt = () => this.#interrupt()
      signal?.addEventListener('abort', interrupt, { once: true })
      this.process.hold?.(true)
      options.onBegin?.()
      try {
        return await this.#batch(commands, options)
      } finally {
        await this.#killing // what was cut off has ended, all of it
        this.process.hold?.(false)
        signal?.removeEventListener('abort', interrupt)
      }
    })
    this.#queue = Promise.allSettled([turn]).then(() => this.#killing)
    return turn
  }

  guard(commands: readonly Command[]): void {
    this.#send(frame('guard', guardText(commands)))
  }

  async close(): Promise<void> {
    await this.#queue
    this.#quitting = true
    this.process.hold?.(true)
    this.#send(frame('quit'))
    this.process.stdin.end()
    await this.process.ended
  }

  /** Ends what is running, and whatever else is in the process group of the shell. What comes next waits: it must not be hit. */
  #interrupt(): void {
    if (!this.#running) return
    this.#interruptedEarly = this.#processGroup === 0 // then it waits until it is known whom to end
    if (this.#interruptedEarly) return
    const killed = this.#kill().catch(error => log('%s: %s', this.starter.name, error))
    this.#killing = Promise.race([killed, this.process.ended.then(() => {})])
  }

  async #kill(): Promise<void> {
    const password = this.starter.sudo?.known
    const script = killScript(this.#processGroup, password ? `sudo -S -p ''` : 'sudo -n')
    const readFirst = `eval "$(head -c ${Buffer.byteLength(script)})"`
    const killer = await this.starter.spawn(`exec sh -c '${readFirst}' >/dev/null 2>&1`)
    killer.stdin.end(`${script}${password ? `${password.reveal()}\n`.repeat(2) : ''}`)
    killer.stdout.resume() // a channel that nobody reads does not close
    killer.stderr.resume()
    await killer.ended
  }

  #send(text: string): void {
    if (this.#over === undefined) this.process.stdin.write(text)
  }

  #batch(commands: readonly Command[], options: PerformOptions): Promise<readonly CommandResult[]> {
    if (commands.length === 0) return Promise.resolve([])
    if (this.#over) return Promise.reject(this.#lost(false))
    const lines = commands.flatMap((command, index) => {
      const { inSession, accepted } = command.parts
      const codes = accepted === 'any' ? accepted : ['0', ...accepted].join(' ')
      const guard = options.guards?.get(index)
      log('%s: %s', this.starter.name, command)
      return [
        ...(guard ? [`guard=${quote(guardText(guard))}`] : []),
        `${inSession ? 'keep' : 'run'} ${index} ${quote(codes)} ${quote(shellText(command))}`,
      ]
    })
    this.roundTrips += 1
    const batch = new RunningBatch(this.starter.name, commands, options)
    this.#running = batch
    this.#send(frame('run', lines.join(' &&\n')))
    return batch.outcome
  }

  #onData(stream: StreamName, chunk: Buffer): void {
    const running = this.#greeted.has(stream) ? this.#running : undefined
    if (!running || running.isSilent(stream)) {
      this.#greeting = `${this.#greeting}${chunk}`.slice(-2000)
      return
    }
    const busy = running.print(stream, chunk)
    if (!busy) return
    const source = this.process[stream].pause()
    const goOn = () => void source.resume()
    busy.then(goOn, goOn)
  }

  #onMarker(stream: StreamName, label: string, value: number): void {
    if (label === 'hello') {
      this.#greeted.add(stream)
      this.#processGroup = value
      if (this.#interruptedEarly && this.#greeted.size === 1) this.#interrupt()
      return
    }
    const running = this.#running
    running?.mark(stream, value)
    if (running?.isOver) this.#running = undefined
  }

  #onEnd(end: ProcessEnd): void {
    if (this.#over) return
    clearInterval(this.#heartbeat)
    this.#over = end
    this.#running?.lose(this.#lost(true))
    this.#running = undefined
  }

  #lost(wasRunning: boolean): ConnectionError {
    const { starter } = this
    if (this.#processGroup === 0) {
      return new ConnectionError('CONNECT_FAILED', {
        what: 'start a shell',
        host: starter.name,
        why: `the log-in shell ended with exit code ${this.#over?.exitCode ?? 'unknown'}`,
        output: this.#greeting,
      })
    }
    return new ConnectionError('CONNECTION_LOST', {
      what: wasRunning ? 'finish what was running' : 'run a command, which was not sent',
      host: starter.name,
      why: 'the connection was lost',
      remedy: 'run the deploy again: it finds out how far this one came.',
      mayHaveRun: wasRunning,
    })
  }
}

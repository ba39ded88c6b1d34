import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import type { Command } from '../command/command.js'
import { CommandResult } from '../command/result.js'
import { CleanStream } from '../command/scrubber.js'
import { fedStart } from '../command/shell.js'
import { ConnectionError } from '../errors/connection-error.js'
import { stopwatch } from '../support/clock.js'
import type { HostProcess, PerformOptions, ProcessStarter } from './connection.js'
import { Output } from './output.js'
import { startStream } from './stream-start.js'

/** Milliseconds of silence after its exit that are left to the output of a process: a child may hold it open for ever. */
const CHILDREN_MS = 1_000

/** Bytes of one piece of input. */
const PIECE = 1024 * 1024

/** Header of a piece: its length in bytes; of length 0, it is the last. */
const header = (length: number) => String(length).padStart(12, '0')

async function write(process: HostProcess, bytes: string | Buffer): Promise<void> {
  if (process.stdin.destroyed || process.stdin.write(bytes)) return
  const drained = once(process.stdin, 'drain').catch(() => {}) // EPIPE: it has read enough
  await Promise.race([drained, process.ended])
}

/** Sends the input in pieces, with its end in words: a line that breaks is not taken for the end. */
async function feed(process: HostProcess, input: Readable, isOver: () => boolean): Promise<void> {
  for await (const chunk of input) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk)
    for (let from = 0; from < bytes.length; from += PIECE) {
      if (isOver() || process.stdin.destroyed) return
      const piece = bytes.subarray(from, from + PIECE)
      await write(process, header(piece.length))
      await write(process, piece)
    }
  }
  await write(process, header(0))
}

/** Collects what a process prints, and tells it on. */
class Listening {
  readonly stdout = new Output()
  readonly stderr = new Output()
  readonly #read: Promise<unknown>
  #telling = 0
  #heard = Date.now()

  constructor(
    started: HostProcess,
    private readonly command: Command,
    private readonly options: PerformOptions,
  ) {
    const streams = (['stdout', 'stderr'] as const).map(name => this.#listen(name, started[name]))
    this.#read = Promise.allSettled(streams)
  }

  /** Resolves when all was read, or nothing more has come for a while: a child may hold the streams open for ever. */
  async end(): Promise<void> {
    await Promise.race([this.#read, this.#quiet()])
  }

  async #listen(name: 'stdout' | 'stderr', stream: Readable): Promise<void> {
    const clean = new CleanStream(this.command.parts.isData ? undefined : this.options.scrubber)
    for await (const chunk of stream) {
      await this.#tell(name, clean.push(chunk))
      this.#heard = Date.now()
    }
    await this.#tell(name, clean.flush())
  }

  async #tell(name: 'stdout' | 'stderr', text: Buffer): Promise<void> {
    if (text.length === 0) return
    this[name].append(text)
    this.#telling += 1
    await this.options.onOutput?.(name, text, this.command, 0)
    this.#telling -= 1
  }

  async #quiet(): Promise<void> {
    while (this.#telling > 0 || Date.now() - this.#heard < CHILDREN_MS) {
      await pause(50, undefined, { ref: false })
    }
  }
}

/**
 * Runs a command that reads a stream, in a process of its own beside the session.
 *
 * Should the stream fail, or the call be stopped, the command is killed before it can take what it has got for all.
 */
export async function runFed(
  starter: ProcessStarter,
  command: Command,
  input: Readable,
  options: PerformOptions,
): Promise<CommandResult> {
  const elapsed = stopwatch()
  options.onBegin?.()
  const started = await startStream(starter, start => fedStart(command, start))
  const listening = new Listening(started, command, options)
  const { signal } = options
  let isOver = false
  let failure: unknown
  const stop = () => {
    isOver = true
    input.destroy()
    started.abandon()
  }
  signal?.addEventListener('abort', stop, { once: true })
  if (signal?.aborted) stop()
  const feeding = feed(started, input, () => isOver).catch(error => {
    failure = error
    if (!isOver) stop()
  })
  const end = await started.exited
  isOver = true
  input.destroy()
  await Promise.all([feeding, listening.end()])
  started.abandon()
  signal?.removeEventListener('abort', stop)
  signal?.throwIfAborted()
  if (failure !== undefined) throw failure
  if (end.exitCode === undefined && end.signal === undefined) {
    throw new ConnectionError('CONNECTION_LOST', {
      what: 'finish what was running',
      host: starter.name,
      why: 'the connection was lost',
      mayHaveRun: true,
    })
  }
  return new CommandResult({
    command: command.toString(),
    host: starter.name,
    exitCode: end.exitCode,
    signal: end.signal,
    stdoutBytes: listening.stdout.bytes(),
    stderrBytes: listening.stderr.bytes(),
    durationMs: elapsed(),
  })
}

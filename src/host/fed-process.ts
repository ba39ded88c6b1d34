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
  const output = { stdout: new Output(), stderr: new Output() }
  let telling = 0
  let heard = Date.now()
  const reading = (['stdout', 'stderr'] as const).map(async name => {
    const clean = new CleanStream(command.parts.isData ? undefined : options.scrubber)
    const tell = async (text: Buffer) => {
      if (text.length === 0) return
      output[name].append(text)
      telling += 1
      await options.onOutput?.(name, text, command, 0)
      telling -= 1
    }
    for await (const chunk of started[name]) {
      await tell(clean.push(chunk))
      heard = Date.now()
    }
    await tell(clean.flush())
  })
  const read = Promise.allSettled(reading)
  const quiet = async () => {
    while (telling > 0 || Date.now() - heard < CHILDREN_MS) await pause(50, undefined, { ref: false })
  }
  let over = false
  const stop = () => {
    over = true
    input.destroy()
    started.abandon()
  }
  options.signal?.addEventListener('abort', stop, { once: true })
  let failure: unknown
  const feeding = feed(started, input, () => over).catch(error => {
    failure = error
    if (!over) stop()
  })
  const end = await started.exited
  over = true
  input.destroy()
  await Promise.all([feeding, Promise.race([read, quiet()])])
  started.abandon()
  options.signal?.removeEventListener('abort', stop)
  options.signal?.throwIfAborted()
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
    stdoutBytes: output.stdout.bytes(),
    stderrBytes: output.stderr.bytes(),
    durationMs: elapsed(),
  })
}

import { StringDecoder } from 'node:string_decoder'
import type { Command } from '../command/command.js'
import type { CommandResult } from '../command/result.js'
import type { TransferProgress } from '../host/transfer/transfer-options.js'
import type { Tell } from './events.js'
import type { StepRecord } from './result.js'
import type { Step } from './step.js'

/** Tells what happens on one host. */
export class HostTeller {
  #decoders = { stdout: new StringDecoder(), stderr: new StringDecoder() }
  #step = ''

  constructor(
    private readonly host: string,
    private readonly tell: Tell,
  ) {}

  started({ name, title }: Step): void {
    this.#step = name
    this.#decoders = { stdout: new StringDecoder(), stderr: new StringDecoder() }
    this.tell({ type: 'step-started', host: this.host, step: name, title })
  }

  ended(record: StepRecord): void {
    this.tell({ type: 'step-ended', record })
  }

  undoStarted({ name, title }: Step): void {
    this.tell({ type: 'undo-started', host: this.host, step: name, title })
  }

  commandStarted({ name }: Step, command: Command): void {
    this.tell({ type: 'command-started', host: this.host, step: name, command: `${command}` })
  }

  commandEnded({ name }: Step, { command, exitCode, durationMs }: CommandResult): void {
    this.tell({ type: 'command-ended', host: this.host, step: name, command, exitCode, durationMs })
  }

  /** What was printed; a character that has come only in part waits for the rest of it. */
  output({ name }: Step, stream: 'stdout' | 'stderr', chunk: Buffer): void {
    const text = this.#decoders[stream].write(chunk)
    if (text) this.tell({ type: 'output', host: this.host, step: name, stream, text })
  }

  /** How far a transfer is that belongs to the step which began last. */
  readonly progress = (progress: TransferProgress): void => {
    this.tell({ type: 'progress', host: this.host, step: this.#step, ...progress })
  }

  warn(message: string): void {
    this.tell({ type: 'warning', host: this.host, message })
  }
}

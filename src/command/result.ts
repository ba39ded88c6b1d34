/** What is known of a command that has run. */
export interface CommandRecord {
  readonly command: string
  readonly host: string
  readonly exitCode: number | undefined
  readonly signal: string | undefined
  readonly stdoutBytes: Buffer
  readonly stderrBytes: Buffer
  readonly durationMs: number
}

function textOf(bytes: Buffer): string {
  return bytes.toString('utf8').replace(/\r?\n$/, '')
}

/** What a command did: how it ended, what it printed, and how long it took. */
export class CommandResult implements CommandRecord {
  /** The command as a person may read it: secrets are masked. */
  readonly command: string
  /** The host it ran on, as it was named in the options. */
  readonly host: string
  /** 0 to 255, or undefined when a signal ended it. */
  readonly exitCode: number | undefined
  /** The signal that ended it, such as `SIGTERM`. */
  readonly signal: string | undefined
  /** What it printed, byte for byte. */
  readonly stdoutBytes: Buffer
  readonly stderrBytes: Buffer
  /** Milliseconds, on the controller's clock. */
  readonly durationMs: number

  constructor(record: CommandRecord) {
    this.command = record.command
    this.host = record.host
    this.exitCode = record.exitCode
    this.signal = record.signal
    this.stdoutBytes = record.stdoutBytes
    this.stderrBytes = record.stderrBytes
    this.durationMs = record.durationMs
  }

  /** True if it ended with exit code 0. */
  get ok(): boolean {
    return this.exitCode === 0
  }

  /** What it printed, as UTF-8, without the last line's end. */
  get stdout(): string {
    return textOf(this.stdoutBytes)
  }

  /** What it printed on its error stream, likewise. */
  get stderr(): string {
    return textOf(this.stderrBytes)
  }

  /** The lines it printed; none if it printed nothing. */
  get lines(): readonly string[] {
    return this.stdout === '' ? [] : this.stdout.split('\n')
  }
}

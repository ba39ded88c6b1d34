import { DyeError } from './dye-error.js'

/** The fields that a failed command shares with the result of a successful one. */
export interface FailedCommand {
  readonly command: string
  readonly host: string
  readonly exitCode: number | undefined
  readonly signal: string | undefined
  readonly stdout: string
  readonly stderr: string
  readonly durationMs: number
}

/** A better account of what the failure means. */
interface KnownReason {
  readonly code: string
  readonly why: string
  readonly remedy: string
}

function reason({ exitCode, signal }: FailedCommand): string {
  if (signal) return `the command was ended by ${signal}`
  if (exitCode === 126) return 'the command is not executable (exit code 126)'
  if (exitCode === 127) return 'a command was not found (exit code 127)'
  return `the command ended with exit code ${exitCode ?? 'unknown'}`
}

/**
 * A command ran and failed. Has every field of a {@link CommandResult}.
 *
 * Code: `COMMAND_FAILED`.
 */
export class CommandError extends DyeError implements FailedCommand {
  /** The command as a person may read it: secrets are masked. */
  readonly command: string
  declare readonly host: string
  readonly exitCode: number | undefined
  readonly signal: string | undefined
  readonly stdout: string
  readonly stderr: string
  readonly durationMs: number

  /** @internal */
  constructor(failed: FailedCommand, what?: string, known?: KnownReason) {
    super(known?.code ?? 'COMMAND_FAILED', {
      what: what ?? `run "${failed.command.trim().split('\n', 1)[0]}"`,
      host: failed.host,
      why: known?.why ?? reason(failed),
      output: [failed.stdout, failed.stderr].filter(Boolean).join('\n'),
      remedy: known?.remedy,
    })
    this.command = failed.command
    this.exitCode = failed.exitCode
    this.signal = failed.signal
    this.stdout = failed.stdout
    this.stderr = failed.stderr
    this.durationMs = failed.durationMs
  }
}

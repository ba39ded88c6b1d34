import type { Readable, Writable } from 'node:stream'
import type { Command } from '../command/command.js'
import type { CommandResult } from '../command/result.js'
import type { Scrubber } from '../command/scrubber.js'
import type { SudoPassword } from './sudo.js'

/** How a process ended. Both fields undefined: the connection broke, and nobody knows. */
export interface ProcessEnd {
  readonly exitCode: number | undefined
  readonly signal: string | undefined
}

/** A process on a host, with its three streams. */
export interface HostProcess {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  /** Settles when it has exited, or is lost; never rejects. Output may still come. */
  readonly exited: Promise<ProcessEnd>
  /** Settles when it has exited and no output can come any more, or it is lost; never rejects. A child may hold the output open. */
  readonly ended: Promise<ProcessEnd>
  /** Says whether it keeps this program from ending by itself. */
  hold?(on: boolean): void
  /** Breaks its streams off. What it runs ends when it next reads or writes. */
  abandon(): void
}

/** Where processes can be started. */
export interface ProcessStarter {
  /** The host as it was named in the options. */
  readonly name: string
  /** The password for sudo, where it may ask for one. */
  readonly sudo?: SudoPassword | undefined
  /** Starts a process from a line for the user's log-in shell; connects first if need be. */
  spawn(line: string): Promise<HostProcess>
}

/**
 * Gets the output of a command while it runs; `index` is the command's place in its batch. As long as a promise
 * that it returns is not settled, no more of that stream is read, and the command has to wait.
 */
export type OutputListener = (
  stream: 'stdout' | 'stderr',
  chunk: Buffer,
  command: Command,
  index: number,
) => unknown

/** How a batch of commands is run. */
export interface PerformOptions {
  readonly onOutput?: OutputListener | undefined
  /** Called when the commands before have ended, and this batch is begun. */
  readonly onBegin?: (() => void) | undefined
  /** Gets the result of each command as soon as it has ended, while the next one runs. */
  readonly onResult?: ((result: CommandResult, index: number) => void) | undefined
  /** What the guard becomes right before the command at an index is begun; see {@link Shell.guard}. */
  readonly guards?: ReadonlyMap<number, readonly Command[]> | undefined
  /** What the commands from an index on belong to: the names of steps. For connections that are none. */
  readonly labels?: ReadonlyMap<number, string> | undefined
  readonly signal?: AbortSignal | undefined
  /** Takes secrets out of what is printed. */
  readonly scrubber?: Scrubber | undefined
}

/** A shell on a host that lives until it is closed. */
export interface Shell {
  /** True until it is closed or lost. */
  readonly alive: boolean
  /** Batches sent and answered so far. */
  readonly roundTrips: number
  /**
   * Runs commands in order until one fails; resolves with the results of those that ran. Aborting the signal
   * ends what they run; if they have not been begun, it rejects with the signal's reason.
   */
  perform(commands: readonly Command[], options?: PerformOptions): Promise<readonly CommandResult[]>
  /** What the host does by itself if the controller dies or falls silent. No round trip of its own. */
  guard(commands: readonly Command[]): void
  /** Ends the shell, and with it the locks it holds, without running the guard. */
  close(): Promise<void>
}

/** Moves single files by the file protocol of a connection; see {@link Connection.sftp}. */
export interface FileChannel {
  /** Makes a directory; it must not be there. */
  makeDirectory(path: string, mode: number): Promise<void>
  /** Makes a link; it must not be there. */
  link(target: string, path: string): Promise<void>
  /** Writes a file of this machine to the host; it must not be there. Times are in seconds. */
  put(local: string, path: string, attributes: FileTimes, count: (bytes: number) => void): Promise<void>
  /** Reads a file of the host to this machine. */
  get(path: string, local: string, count: (bytes: number) => void): Promise<void>
  /** Sets mode and time of a file or directory. */
  adjust(path: string, attributes: FileTimes): Promise<void>
  /** Ends what is under way. */
  close(): void
}

/** Mode and time of a file; the time in seconds. */
export interface FileTimes {
  readonly mode: number
  readonly mtime: number
}

/** A way to a host. Everything else that a {@link Host} can do is written on top of it. */
export interface Connection extends ProcessStarter {
  /** Connections made so far; stays 0 for the machine itself. */
  readonly connects: number
  /** True if a round trip takes time, so that it is worth while to spare one. @defaultValue false */
  readonly isRemote?: boolean
  /** Opens a shell of its own; connects first if need be. */
  openShell(): Promise<Shell>
  /** Opens the file protocol of the connection, where there is one. */
  sftp?(): Promise<FileChannel>
  /** Ends the connection; a later use connects again. */
  close(): Promise<void>
}

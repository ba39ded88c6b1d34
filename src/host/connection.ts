import type { Readable, Writable } from 'node:stream'

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
  /** Settles when it has ended or is lost; never rejects. */
  readonly ended: Promise<ProcessEnd>
}

/** A way to a host. Everything else that a {@link Host} can do is written on top of it. */
export interface Connection {
  /** The host as it was named in the options. */
  readonly name: string
  /** Connections made so far; stays 0 for the machine itself. */
  readonly connects: number
  /** Starts a process from a line for the user's log-in shell; connects first if need be. */
  spawn(line: string): Promise<HostProcess>
  close(): Promise<void>
}

import createDebug from 'debug'

/** Writes a line to standard error when `DEBUG` names its namespace (`%s` and its kin are filled in). */
export type Log = (line: string, ...values: unknown[]) => void

/** The log of one folder of this library: `DEBUG=dye:host`, or `DEBUG=dye:*` for all. */
export function logOf(folder: string): Log {
  return createDebug(`dye:${folder}`)
}

import { Secret } from '../command/secret.js'
import { DyeError } from '../errors/dye-error.js'

/** An error as data: what it tells, the one underneath included; the stack stays here. */
function errorData(error: Error): Record<string, unknown> {
  const { name, message, stack, cause, ...fields } = error as Error & Record<string, unknown>
  // errors of others may carry whole requests with them
  const isFlat = ([, value]: readonly [string, unknown]) =>
    error instanceof DyeError || typeof value !== 'object'
  return {
    name,
    message,
    ...Object.fromEntries(Object.entries(fields).filter(isFlat)),
    ...(cause instanceof Error && { cause: errorData(cause) }),
  }
}

/** JSON of anything that events tell. Secrets are masked, times are ISO 8601. */
export function jsonOf(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (each instanceof Secret) return each.toJSON()
    if (each instanceof Error) return errorData(each)
    return each === undefined ? null : each
  })
}

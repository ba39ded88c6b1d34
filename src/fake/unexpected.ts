import { DyeError } from '../errors/dye-error.js'

const REMEDY = 'answer the command that runs it: host.answer(pattern, answer).'

/** What ends a test: a fake was told something that it cannot do, which is named. */
export function unexpected(what: string, why: string, remedy = REMEDY): DyeError {
  return new DyeError('UNEXPECTED_COMMAND', { what, why, remedy })
}

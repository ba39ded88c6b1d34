import type { Command } from '../command/command.js'

/** Which commands an answer is for: the whole text, a pattern in it, or a function that decides. */
export type CommandPattern = string | RegExp | ((command: Command) => boolean)

/** What a fake host answers. A text is what the command prints, with exit code 0. */
export type FakeAnswer =
  | string
  | { readonly stdout?: string; readonly stderr?: string; readonly exitCode?: number }
  | ((command: Command) => FakeAnswer)

/** What a command prints, and how it ends. */
export interface Said {
  readonly stdout: Buffer
  readonly stderr: Buffer
  readonly exitCode: number
}

/** What is said with two texts. */
export function said(exitCode: number, stdout: string, stderr: string): Said {
  return { exitCode, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr) }
}

/** True if a pattern is for a command. */
export function matches(pattern: CommandPattern, command: Command): boolean {
  if (typeof pattern === 'function') return pattern(command)
  const text = command.toString().trim()
  return typeof pattern === 'string' ? text === pattern : pattern.test(text)
}

/** What an answer says to a command. */
export function saidBy(answer: FakeAnswer, command: Command): Said {
  if (typeof answer === 'function') return saidBy(answer(command), command)
  const { stdout = '', stderr = '', exitCode = 0 } = typeof answer === 'string' ? { stdout: answer } : answer
  return said(exitCode, stdout, stderr)
}

import type { Readable, Writable } from 'node:stream'
import { Secret } from '../command/secret.js'
import type { AnswerTo, Question, QuestionFacts, Questions } from '../deploy/questions.js'
import { sentenceOf } from '../deploy/questions.js'
import { OptionError } from '../errors/option-error.js'

/** Where questions are asked. */
export interface PromptOptions {
  /** Where answers are typed. @defaultValue standard input */
  readonly input?: Readable & { readonly isTTY?: boolean }
  /** Where questions are shown. @defaultValue standard output */
  readonly output?: Writable & { readonly isTTY?: boolean }
}

interface Choice {
  readonly value: string
  readonly label: string
}

/** Lines of a list that are shown. */
const SHOWN = 20

function choicesOf<Name extends Question>(question: Name, facts: QuestionFacts[Name]): readonly Choice[] {
  const stop = { value: 'abort', label: 'stop; nothing has been changed yet' }
  if (question !== 'branchMismatch') return [stop, { value: 'continue', label: 'go on all the same' }]
  const { chosen, deployed, local } = facts as QuestionFacts['branchMismatch']
  const others = [...new Set([deployed, local])].filter(name => name !== undefined && name !== chosen)
  return [
    stop,
    { value: 'continue', label: `deploy ${chosen}` },
    ...others.map(name => ({ value: `branch ${name}`, label: `deploy ${name}` })),
  ]
}

function details(facts: QuestionFacts[Question]): string {
  if (!('changes' in facts)) return ''
  const { changes } = facts
  const more = changes.length > SHOWN ? [`… and ${changes.length - SHOWN} more`] : []
  return ['', ...changes.slice(0, SHOWN), ...more].join('\n')
}

/**
 * Answers for the option `questions` that are asked for on the terminal, one after the other. Without a terminal, or
 * when the question is cancelled, the answer is to stop.
 *
 * @example
 * ```ts
 * await deploy({ ...options, questions: prompts() })
 * await deploy({ ...options, questions: { ...prompts(), diskAlmostFull: 'continue' } })
 * ```
 */
export function prompts({
  input = process.stdin,
  output = process.stdout,
}: PromptOptions = {}): Required<Questions> {
  let before: Promise<unknown> = Promise.resolve()

  const show = async <Name extends Question>(question: Name, facts: QuestionFacts[Name]) => {
    const { isCancel, select } = await import('@clack/prompts')
    const message = `${facts.host}: ${sentenceOf(question, facts)}.${details(facts)}`
    const chosen = await select({ message, options: [...choicesOf(question, facts)], input, output })
    if (isCancel(chosen)) return 'abort'
    return chosen.startsWith('branch ') ? { branch: chosen.slice('branch '.length) } : chosen
  }

  const ask =
    <Name extends Question>(question: Name) =>
    (facts: QuestionFacts[Name]): AnswerTo<Name> | Promise<AnswerTo<Name>> => {
      if (!(input.isTTY && output.isTTY)) return question === 'leftOver' ? 'continue' : 'abort'
      const asked = before.then(() => show(question, facts))
      before = asked.catch(() => undefined)
      return asked as Promise<AnswerTo<Name>>
    }

  return {
    leftOver: ask('leftOver'),
    diskAlmostFull: ask('diskAlmostFull'),
    liveChanges: ask('liveChanges'),
    branchMismatch: ask('branchMismatch'),
  }
}

/**
 * A function that asks for a password on the terminal, once: for the administrator of a database, or for sudo. What is
 * typed is not shown.
 *
 * @param message - `Password of root at the database`
 * @throws {@link OptionError} from the function, without a terminal or when it is cancelled
 *
 * @example
 * ```ts
 * Database.mysql({ administrator: { password: passwordPrompt('Password of root at the database') } })
 * ```
 */
export function passwordPrompt(
  message: string,
  { input = process.stdin, output = process.stdout }: PromptOptions = {},
): () => Promise<Secret> {
  let asked: Promise<Secret> | undefined
  const ask = async () => {
    if (!(input.isTTY && output.isTTY)) {
      throw new OptionError('password', `nobody can be asked for it: "${message}"`, 'give it in the options.')
    }
    const { isCancel, password } = await import('@clack/prompts')
    const typed = await password({ message, input, output })
    if (isCancel(typed)) throw new OptionError('password', `it was not given: "${message}"`)
    return Secret.of(typed)
  }
  return () => {
    asked ??= ask()
    return asked
  }
}

import { QuestionError } from '../errors/question-error.js'
import type { Branches } from '../source/branch-check.js'

/** What to do: stop before anything is changed, or go on all the same. */
export type Answer = 'abort' | 'continue'

/** What each question tells the one who answers it. */
export interface QuestionFacts {
  /** The disk of the server is fuller than the limit. */
  readonly diskAlmostFull: {
    readonly host: string
    readonly usedPercent: number
    readonly limitPercent: number
  }
  /** Files of the live release were changed by hand; the new release will not have the changes. */
  readonly liveChanges: { readonly host: string; readonly changes: readonly string[] }
  /** The branch to be deployed is not the one deployed last, or not the one checked out here. */
  readonly branchMismatch: { readonly host: string } & Branches
}

/** Answers given beforehand, or functions that give them. @defaultValue `abort` for each */
export type Questions = {
  readonly [Question in keyof QuestionFacts]?:
    | Answer
    | ((facts: QuestionFacts[Question]) => Answer | Promise<Answer>)
}

const WHY: { readonly [Question in keyof QuestionFacts]: (facts: QuestionFacts[Question]) => string } = {
  diskAlmostFull: ({ usedPercent, limitPercent }) =>
    `the disk is ${usedPercent} % full, the limit is ${limitPercent} %`,
  liveChanges: ({ changes }) => `${changes.length} files of the live release were changed by hand`,
  branchMismatch: ({ chosen, deployed, local }) =>
    `the branch to deploy is ${chosen}, the one deployed last ${deployed ?? 'unknown'}, the one checked out here ${local ?? 'unknown'}`,
}

/**
 * Gets the answer to a question.
 *
 * @throws {@link QuestionError} when it is `abort`, or there is none
 */
export async function answer<Question extends keyof QuestionFacts>(
  questions: Questions,
  question: Question,
  facts: QuestionFacts[Question],
): Promise<void> {
  const given: Questions[Question] = questions[question]
  const decided = typeof given === 'function' ? await given(facts) : given
  if (decided === 'continue') return
  throw new QuestionError(question, {
    what: 'go on',
    host: facts.host,
    why: WHY[question](facts),
    output: 'changes' in facts ? facts.changes.join('\n') : undefined,
    remedy: `to go on all the same, set questions.${question} to 'continue', or to a function that decides.`,
  })
}

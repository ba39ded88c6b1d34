import { QuestionError } from '../errors/question-error.js'
import type { Branches } from '../source/branch-check.js'
import type { Tell } from './events.js'

/** What to do: stop before anything is changed, or go on all the same. */
export type Answer = 'abort' | 'continue'

/** What each question tells the one who answers it. */
export interface QuestionFacts {
  /** A deploy died, or was killed; what it has left is kept for looking at, but will not be finished. */
  readonly leftOver: {
    readonly host: string
    /** Name of the release that was being built. */
    readonly release: string
    /** When that began, ISO 8601, and by whom, if the journal knows. */
    readonly at: string | undefined
    readonly by: string | undefined
  }
  /** The disk of the server is fuller than the limit, or has not the room that a release is thought to need. */
  readonly diskAlmostFull: {
    readonly host: string
    readonly usedPercent: number
    /** Of the inodes: each file takes one. */
    readonly usedInodesPercent: number
    readonly limitPercent: number
    readonly freeBytes: number
    /** What the live release takes, and the last dump. */
    readonly neededBytes: number
  }
  /** Files of the live release were changed by hand; the new release will not have the changes. */
  readonly liveChanges: { readonly host: string; readonly changes: readonly string[] }
  /** The branch to be deployed is not the one deployed last, or not the one checked out here. */
  readonly branchMismatch: { readonly host: string } & Branches
}

/** The name of a question. */
export type Question = keyof QuestionFacts

/** What can be answered: to one about branches also which to deploy. */
export type AnswerTo<Name extends Question> =
  | Answer
  | (Name extends 'branchMismatch' ? { readonly branch: string } : never)

/**
 * Answers given beforehand, or functions that give them.
 *
 * @defaultValue `abort` for each but `leftOver`: after a deploy that died the next one needs no leave
 */
export type Questions = {
  readonly [Name in Question]?:
    | AnswerTo<Name>
    | ((facts: QuestionFacts[Name]) => AnswerTo<Name> | Promise<AnswerTo<Name>>)
}

const DEFAULTS: Questions = { leftOver: 'continue' }

const MIB = 1024 * 1024

/** A number of bytes for people. */
function size(bytes: number): string {
  return `${Math.ceil(bytes / MIB)} MiB`
}

function disk({
  usedPercent,
  usedInodesPercent,
  limitPercent,
  freeBytes,
  neededBytes,
}: QuestionFacts['diskAlmostFull']) {
  if (usedPercent > limitPercent) return `the disk is ${usedPercent} % full, the limit is ${limitPercent} %`
  if (usedInodesPercent > limitPercent) {
    return `${usedInodesPercent} % of the disk’s inodes are in use, the limit is ${limitPercent} %`
  }
  return `the disk has ${size(freeBytes)} left, and a release may need ${size(neededBytes)}`
}

const WHY: { readonly [Name in Question]: (facts: QuestionFacts[Name]) => string } = {
  leftOver: ({ release, by }) => `a deploy${by ? ` of ${by}` : ''} died and left ${release} unfinished`,
  diskAlmostFull: disk,
  liveChanges: ({ changes }) => `${changes.length} files of the live release were changed by hand`,
  branchMismatch: ({ chosen, deployed, local }) =>
    `the branch to deploy is ${chosen}, the one deployed last ${deployed ?? 'unknown'}, the one checked out here ${local ?? 'unknown'}`,
}

/** A question in one sentence, for people. */
export function sentenceOf<Name extends Question>(question: Name, facts: QuestionFacts[Name]): string {
  return WHY[question](facts)
}

/** True if what was prepared answers a question without stopping; a function may do so. */
export function isAnswered(questions: Questions, question: Question): boolean {
  const prepared = questions[question] ?? DEFAULTS[question]
  return prepared !== undefined && prepared !== 'abort'
}

async function decide<Name extends Question>(
  questions: Questions,
  question: Name,
  facts: QuestionFacts[Name],
): Promise<AnswerTo<Name>> {
  const given: Questions[Name] = questions[question] ?? DEFAULTS[question]
  const decided = typeof given === 'function' ? await given(facts) : given
  return (decided ?? 'abort') as AnswerTo<Name>
}

/** The same answers; each question is told of, and what was answered. */
export function watched(questions: Questions, tell: Tell): Questions {
  const watch =
    <Name extends Question>(question: Name) =>
    async (facts: QuestionFacts[Name]): Promise<AnswerTo<Name>> => {
      const { host } = facts
      tell({ type: 'question', host, question, message: sentenceOf(question, facts), facts })
      let decided: Answer | { readonly branch: string } = 'abort'
      try {
        decided = await decide(questions, question, facts)
      } finally {
        const answered = typeof decided === 'object' ? decided.branch : decided
        tell({ type: 'answered', host, question, answer: answered })
      }
      return decided as AnswerTo<Name>
    }
  return {
    leftOver: watch('leftOver'),
    diskAlmostFull: watch('diskAlmostFull'),
    liveChanges: watch('liveChanges'),
    branchMismatch: watch('branchMismatch'),
  }
}

/**
 * Gets the answer to a question.
 *
 * @throws {@link QuestionError} when it is `abort`, or there is none
 */
export async function answer<Name extends Question>(
  questions: Questions,
  question: Name,
  facts: QuestionFacts[Name],
): Promise<Exclude<AnswerTo<Name>, 'abort'>> {
  const decided = await decide(questions, question, facts)
  const goesOn = decided === 'continue' || typeof decided === 'object'
  if (goesOn) return decided as Exclude<AnswerTo<Name>, 'abort'>
  throw new QuestionError(question, {
    what: 'go on',
    host: facts.host,
    why: sentenceOf(question, facts),
    output: 'changes' in facts ? facts.changes.join('\n') : undefined,
    remedy: `to go on all the same, set questions.${question} to 'continue', or to a function that decides.`,
  })
}

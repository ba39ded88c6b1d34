import type { Script } from '../../command/script.js'
import type { StepContext } from '../context.js'
import { isAnswered, type Question, type QuestionFacts, sentenceOf } from '../questions.js'
import type { Finding } from './checkup.js'

/** A finding, on the host that is examined. */
export type Found = Omit<Finding, 'host'>

/** One look at a server, which changes nothing there. None of its commands may fail: the others are to be run, too. */
export type Examination = (context: StepContext) => Script<readonly Found[]>

const CODES = {
  leftOver: 'LEFT_OVER',
  diskAlmostFull: 'DISK_ALMOST_FULL',
  liveChanges: 'LIVE_CHANGES',
} as const satisfies Partial<Record<Question, string>>

/** What a deploy would ask about: an error, unless the options answer that. */
export function wouldAsk<Name extends keyof typeof CODES>(
  { options: { questions } }: StepContext,
  question: Name,
  facts: QuestionFacts[Name],
  remedy: string,
): Found {
  const goesOn = isAnswered(questions, question)
  return {
    code: CODES[question],
    severity: goesOn ? 'warning' : 'error',
    message: sentenceOf(question, facts),
    remedy: goesOn ? remedy : `${remedy}, or let deploys go on: questions: { ${question}: 'continue' }`,
  }
}

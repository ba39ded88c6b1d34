import { type Script, script } from '../../command/script.js'
import { LockError } from '../../errors/lock-error.js'
import { RequirementError } from '../../errors/requirement-error.js'
import type { StepContext } from '../context.js'
import {
  type AnswerTo,
  isAnswered,
  type Question,
  type QuestionFacts,
  type Questions,
  sentenceOf,
} from '../questions.js'
import { noteOf } from '../result.js'
import type { Step, StepOutcome } from '../step.js'
import type { Foretold } from './plan.js'

/** What was foretold of a step on one host. */
export interface Omen {
  readonly what: Foretold
  readonly note: string
  readonly outcome?: StepOutcome
  /** True: nothing that the options say answers what it would ask. */
  readonly stops?: boolean
}

/** A question that came up, and whether the options answer it by themselves. */
interface Asked {
  readonly sentence: string
  readonly isAnswered: boolean
}

const QUESTIONS: readonly Question[] = ['leftOver', 'diskAlmostFull', 'liveChanges', 'branchMismatch']

/** Answers that let a plan go on, whatever is asked; nobody is asked. What came up is noted. */
function noting(given: Questions, asked: Asked[]): Questions {
  const note = <Name extends Question>(question: Name) => {
    const prepared = given[question]
    return (facts: QuestionFacts[Name]): AnswerTo<Name> => {
      asked.push({ sentence: sentenceOf(question, facts), isAnswered: isAnswered(given, question) })
      return (typeof prepared === 'object' ? prepared : 'continue') as AnswerTo<Name>
    }
  }
  return Object.fromEntries(QUESTIONS.map(question => [question, note(question)]))
}

function scriptFor(step: Step, context: StepContext): Script<StepOutcome | undefined | Promise<StepOutcome>> {
  if (step.foretell) return step.foretell(context)
  if (step.onlyAsks) return step.script(context)
  return step.look?.(context) ?? script([], () => undefined)
}

/** Finds out what a step would do on a host; nothing is changed there. */
export async function foretell(step: Step, context: StepContext): Promise<Omen> {
  const asked: Asked[] = []
  const planned = context.asking(noting(context.options.questions, asked))
  try {
    const reason = step.skip?.(planned)
    if (reason !== undefined) return { what: 'skip', note: reason }
    if (step.onlyAsks && step.phase === 'window') return { what: 'unknown', note: step.title }
    const outcome = await context.host.perform(scriptFor(step, planned))
    const [question] = asked
    if (question) {
      const { sentence, isAnswered: goesOn } = question
      return { what: 'ask', note: sentence, stops: !goesOn, ...(outcome && { outcome }) }
    }
    if (!outcome) return { what: 'change', note: step.title }
    return { what: outcome.changed ? 'change' : 'nothing', note: outcome.note, outcome }
  } catch (error) {
    const isSure = step.onlyAsks === true || error instanceof LockError || error instanceof RequirementError
    if (isSure) return { what: 'fail', note: noteOf(error), stops: true }
    return { what: 'change', note: `${step.title}; what is there cannot be seen yet: ${noteOf(error)}` }
  }
}

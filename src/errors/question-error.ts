import { DyeError, type ErrorAccount } from './dye-error.js'

/**
 * A deploy stopped because a question was answered with "abort", or nobody could be asked.
 *
 * Code: `STOPPED_BY_QUESTION`.
 */
export class QuestionError extends DyeError {
  /** Which question, by the name it has in the option `questions`. */
  readonly question: string

  constructor(question: string, account: ErrorAccount) {
    super('STOPPED_BY_QUESTION', account)
    this.question = question
  }
}

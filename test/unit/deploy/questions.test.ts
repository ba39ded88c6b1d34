import { describe, expect, it, vi } from 'vitest'
import { answer, type Questions } from '../../../src/deploy/questions.js'
import { QuestionError } from '../../../src/errors/question-error.js'

const changes = { host: 'web1', changes: [' M page', '?? new'] }

describe('a question', () => {
  it.each<[string, Questions]>([
    ['nobody answers', {}],
    ['the answer is to stop', { liveChanges: 'abort' }],
    ['a function says so', { liveChanges: async () => 'abort' as const }],
  ])('stops the deploy when %s, and says how to answer', async (_, questions) => {
    const stopped = await answer(questions, 'liveChanges', changes).catch((error: unknown) => error)
    expect(stopped).toBeInstanceOf(QuestionError)
    expect(stopped).toMatchObject({ question: 'liveChanges', host: 'web1' })
    expect(String(stopped)).toContain('questions.liveChanges')
    expect(String(stopped)).toContain('?? new')
  })

  it('lets the deploy go on when the answer is so; a function gets the facts', async () => {
    await answer({ diskAlmostFull: 'continue' }, 'diskAlmostFull', {
      host: 'h',
      usedPercent: 9,
      limitPercent: 8,
    })
    const decide = vi.fn(() => 'continue' as const)
    await answer({ liveChanges: decide }, 'liveChanges', changes)
    expect(decide).toHaveBeenCalledWith(changes)
  })
})

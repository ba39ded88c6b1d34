import { describe, expect, it, vi } from 'vitest'
import { answer, type Questions, sentenceOf } from '../../../src/deploy/questions.js'
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
      usedInodesPercent: 1,
      limitPercent: 8,
      freeBytes: 2,
      neededBytes: 1,
    })
    const decide = vi.fn(() => 'continue' as const)
    await answer({ liveChanges: decide }, 'liveChanges', changes)
    expect(decide).toHaveBeenCalledWith(changes)
  })

  it('about the branch may be answered by another one', async () => {
    const branches = { host: 'h', chosen: 'main', deployed: 'stable', local: 'topic' }
    const ask = ({ deployed = '' }: { deployed: string | undefined }) => ({ branch: deployed })
    expect(await answer({ branchMismatch: ask }, 'branchMismatch', branches)).toEqual({ branch: 'stable' })
    expect(await answer({ branchMismatch: { branch: 'x' } }, 'branchMismatch', branches)).toEqual({
      branch: 'x',
    })
  })

  it('about what a deploy that died has left is answered by itself, unless you say otherwise', async () => {
    const leftOver = { host: 'h', release: 'r1', at: '2026-11-24T00:00:00Z', by: 'ann@laptop' }
    expect(await answer({}, 'leftOver', leftOver)).toBe('continue')
    await expect(answer({ leftOver: 'abort' }, 'leftOver', leftOver)).rejects.toThrow(/ann@laptop.*r1/)
  })

  it.each([
    [{ usedPercent: 90 }, 'the disk is 90 % full'],
    [{ usedInodesPercent: 97 }, '97 % of the disk’s inodes'],
    [{ neededBytes: 3e9 }, '954 MiB left, and a release may need 2862 MiB'],
  ])('about the disk says why: %j', (facts, said) => {
    const plenty = {
      usedPercent: 10,
      usedInodesPercent: 10,
      limitPercent: 85,
      freeBytes: 1e9,
      neededBytes: 1e6,
    }
    expect(sentenceOf('diskAlmostFull', { host: 'h', ...plenty, ...facts })).toContain(said)
  })
})

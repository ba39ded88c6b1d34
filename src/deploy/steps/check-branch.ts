import { script } from '../../command/script.js'
import { Host } from '../../host/host.js'
import { disagree, localBranch } from '../../source/branch-check.js'
import { answer } from '../questions.js'
import type { Step } from '../step.js'

/** Asks which branch to deploy when it is not the one deployed last, or not the one checked out here. */
export const checkBranch: Step = {
  name: 'check-branch',
  title: 'compare the branches',
  phase: 'beside',
  onlyAsks: true,
  asks: true,
  once: true,
  learns: ['branch'],
  skip: ({ options }) => (options.source.chosenBranch ? undefined : 'the revision is given'),
  script: ({ host, known, options: { source, directory, questions } }) =>
    script([], async () => {
      await using here = Host.local()
      const branches = {
        chosen: source.chosenBranch ?? '',
        deployed: known.home?.journal.live?.branch,
        local: await here.perform(localBranch(source.url, directory)),
      }
      if (!disagree(branches)) return { changed: false, note: branches.chosen }
      const answered = await answer(questions, 'branchMismatch', { host: host.name, ...branches })
      if (typeof answered === 'string') return { changed: false, note: branches.chosen }
      return { changed: false, note: answered.branch, learned: answered }
    }),
  conclude: contexts => {
    const branch = contexts.find(({ known }) => known.branch !== undefined)?.known.branch
    return branch === undefined ? {} : { branch }
  },
}

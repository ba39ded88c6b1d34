import { mapped } from '../../command/script.js'
import type { Step } from '../step.js'

/** Brings the code into the release's directory. */
export const fetchSource: Step = {
  name: 'fetch-source',
  title: 'fetch the source',
  phase: 'beside',
  learns: ['revision', 'commits'],
  script: ({ layout, releasePath, known, options: { source } }) =>
    mapped(
      source.fetch({
        release: releasePath,
        mirror: layout.mirror,
        since: known.home?.journal.live?.revision,
      }),
      ({ revision, commits }) => ({
        changed: true,
        note: `${revision.slice(0, 10)}${known.home?.live ? `, ${commits.length} new commits` : ''}`,
        learned: { revision, commits },
      }),
    ),
}

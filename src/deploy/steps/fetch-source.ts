import { mapped, script } from '../../command/script.js'
import type { Fetched, FetchPlace } from '../../source/source.js'
import type { StepContext } from '../context.js'
import type { Step, StepOutcome } from '../step.js'

/** Brings the code into a place, and what is on this machine only to the host before. */
export async function fetchInto(place: FetchPlace, context: StepContext): Promise<StepOutcome> {
  const { host, source } = context
  const uploaded = await source.upload?.(host, place)
  return outcomeOf(await host.perform((uploaded ?? source).fetch(place)), context)
}

/** Where the code of the release goes, and what is known of the one before. */
export function placeOf({ layout, releasePath, known }: StepContext): FetchPlace {
  return { release: releasePath, mirror: layout.mirror, since: known.home?.journal.live?.revision }
}

function outcomeOf({ revision, commits, warnings }: Fetched, { known }: StepContext): StepOutcome {
  return {
    changed: true,
    note: `${revision.slice(0, 10)}${known.home?.live ? `, ${commits.length} new commit${commits.length === 1 ? '' : 's'}` : ''}`,
    learned: { revision, commits },
    ...(warnings && { warnings }),
  }
}

/** Brings the code into the release's directory. */
export const fetchSource: Step = {
  name: 'fetch-source',
  title: 'fetch the source',
  phase: 'beside',
  learns: ['revision', 'commits'],
  needs: ({ source }) => source.needs ?? [],
  script: context => {
    const { source } = context
    const place = { ...placeOf(context), onProgress: context.onProgress }
    if (source.upload) return script([], () => fetchInto(place, context))
    return mapped(source.fetch(place), fetched => outcomeOf(fetched, context))
  },
}

import { script } from '../../command/script.js'
import { type Examination, wouldAsk } from './examination.js'

/** Looks for files of the live release that were changed by hand. */
export const drift: Examination = context => {
  const { host, layout, ownPaths, source } = context
  const look = source.localChanges(layout.live, ownPaths).acceptingAny()
  return script([look], ([{ exitCode, lines: changes, stderr }]) => {
    if (exitCode === 127) return [] // that there is no such program has been told
    if (exitCode !== 0) {
      const why = stderr.split('\n', 1)[0]
      return [
        {
          ...{ code: 'LIVE_CHANGES_UNKNOWN', severity: 'warning' },
          message: `whether files of the live release were changed by hand cannot be told: ${why}`,
          remedy: 'deploy: the new release is fetched afresh',
        },
      ]
    }
    if (changes.length === 0) return []
    const remedy = `bring them into the repository (${changes.slice(0, 3).join(', ')}${changes.length > 3 ? ', …' : ''})`
    return [wouldAsk(context, 'liveChanges', { host: host.name, changes }, remedy)]
  })
}

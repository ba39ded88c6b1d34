import { script } from '../../command/script.js'
import { record } from '../../release/journal.js'
import { flushed, removeLink, switchLink } from '../../release/switch.js'
import { servedAgain } from '../serving.js'
import type { Step } from '../step.js'

/** Makes the release live: one rename. */
export const switchRelease: Step = {
  name: 'switch-release',
  title: 'switch to the release',
  phase: 'window',
  rolling: true,
  foresees: () => ({ switched: true }),
  script: ({ layout, releaseName, releasePath, outgoing, action, known, source, site, options }) => {
    const { revision, virtualenv, dump, migrated, configurationChanged = true } = known
    const stay = configurationChanged ? options.webServer?.stay?.(site) : undefined
    return script(
      [
        ...(action === 'deploy' && source.seal ? [source.seal(releasePath)] : []),
        ...(stay ? [stay] : []),
        flushed(releasePath),
        switchLink(layout.live, releasePath),
        removeLink(layout.next),
        ...(outgoing && outgoing !== releaseName
          ? [
              record(layout.journal, {
                release: outgoing,
                status: action === 'deploy' ? 'previous' : 'rolled-back',
                ...(dump && { dumpAfter: dump }),
              }),
            ]
          : []),
        record(layout.journal, {
          release: releaseName,
          status: 'live',
          ...(action === 'deploy' && { revision, virtualenv, dump, migrations: migrated ?? [] }),
        }),
      ],
      () => ({
        changed: true,
        note: outgoing ? `instead of ${outgoing}` : 'the first one',
        learned: { switched: true },
      }),
    )
  },
  undo: context => {
    const { layout, releaseName, outgoing, action } = context
    return [
      outgoing ? switchLink(layout.live, layout.release(outgoing)) : removeLink(layout.live),
      ...(outgoing ? [record(layout.journal, { release: outgoing, status: 'live' })] : []),
      ...(action === 'rollback'
        ? [record(layout.journal, { release: releaseName, status: 'previous' })]
        : []),
      ...servedAgain(context, context.known.configurationChanged ?? true),
    ]
  },
}

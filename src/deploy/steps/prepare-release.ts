import { hostname, userInfo } from 'node:os'
import { change } from '../../command/command.js'
import { script } from '../../command/script.js'
import { record } from '../../release/journal.js'
import { removeLink, switchLink } from '../../release/switch.js'
import { siteOn } from '../../web-server/downtime.js'
import type { Step } from '../step.js'

/** Makes the directory of the release, and puts aside what a deploy that died has left. */
export const prepareRelease: Step = {
  name: 'prepare-release',
  title: 'make room for the release',
  phase: 'beside',
  script: ({ layout, releaseName, releasePath, known, source, site, options: { webServer } }) => {
    const leftOver = known.home?.leftOver
    const branch = source.chosenBranch
    return script(
      [
        ...(leftOver ? [record(layout.journal, { release: leftOver, status: 'aborted' })] : []),
        ...siteOn(site, webServer).commands,
        change`mkdir -- ${releasePath}`,
        record(layout.journal, {
          release: releaseName,
          status: 'preparing',
          by: `${userInfo().username}@${hostname()}`,
          ...(branch && { branch }),
        }),
        switchLink(layout.next, releasePath),
      ],
      () => ({ changed: true, note: releaseName }),
    )
  },
  foretell: ({ layout, releaseName }) =>
    script([], () => ({
      changed: true,
      note: `${layout.releases}/${releaseName}, or as late as it is then`,
    })),
  undo: ({ layout, releaseName }) => [
    removeLink(layout.next),
    record(layout.journal, { release: releaseName, status: 'failed' }),
  ],
}

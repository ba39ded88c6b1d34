import { posix } from 'node:path'
import { ask } from '../../command/command.js'
import { mapped, script, together } from '../../command/script.js'
import { linkShared } from '../../release/shared-files.js'
import type { Step } from '../step.js'

/** Links what all releases share, and puts the environment's settings in force. */
export const linkSettings: Step = {
  name: 'link-settings',
  title: 'link settings and shared files',
  phase: 'beside',
  script: ({ layout, releasePath, applicationPlace, options: { release, application } }) => {
    const directories = release.shared.filter(({ kind }) => kind === 'directory')
    const given =
      application?.giveDirectories?.(directories.map(({ path }) => posix.join(layout.shared, path))) ?? ask`:`
    const unchanged = script([], () => ({ changed: false, reason: 'no settings to link' }))
    return mapped(
      together(
        linkShared(releasePath, layout, release.shared),
        application?.linkSettings(applicationPlace) ?? unchanged,
        script([given], () => undefined),
      ),
      ([, { changed, reason }]) => ({ changed, note: reason }),
    )
  },
}

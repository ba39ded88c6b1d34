import { ask } from '../../command/command.js'
import { script } from '../../command/script.js'
import type { Layout } from '../../release/layout.js'
import type { Examination, Found } from './examination.js'

/** What can be in the place of the live link that is none, or does not lead anywhere. */
function wrong({ live }: Layout): Readonly<Record<string, Found>> {
  return {
    directory: {
      code: 'LIVE_NOT_A_LINK',
      severity: 'warning',
      message: `${live} is a directory, and not a link to a release`,
      remedy: `the next deploy makes a release of it that can be gone back to; if it is nothing of the site, move it away: mv ${live} ${live}.old`,
    },
    file: {
      code: 'LIVE_NOT_A_LINK',
      severity: 'error',
      message: `${live} is a file, and not a link to a release`,
      remedy: `move it away: mv ${live} ${live}.old`,
    },
    dangling: {
      code: 'LIVE_DANGLING',
      severity: 'warning',
      message: `${live} leads to a release that is not there, so that nothing is live`,
      remedy: 'deploy, or go back to a release that is there: rollback({ …options, to })',
    },
  }
}

/** Looks where the live link leads to. */
export const live: Examination = ({ layout }) => {
  const look = ask`
    if [ -L ${layout.live} ]; then [ -d ${`${layout.live}/`} ] || echo dangling
    elif [ -d ${layout.live} ]; then echo directory
    elif [ -e ${layout.live} ]; then echo file; fi`
  return script([look.acceptingAny()], ([{ stdout }]) => [wrong(layout)[stdout] ?? []].flat())
}

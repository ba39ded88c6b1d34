import { posix } from 'node:path'
import { change } from '../../command/command.js'
import { mapped, script } from '../../command/script.js'
import { ReleaseError } from '../../errors/release-error.js'
import { record } from '../../release/journal.js'
import type { Known, StepContext } from '../context.js'
import type { Step } from '../step.js'

/** Links to the virtualenv that is in use, to the new one, and to the one that was in use before. */
function linksOf({ releasePath, options: { virtualenv } }: StepContext) {
  const link = posix.join(releasePath, virtualenv?.path ?? '')
  return { link, next: `${link}.next`, before: `${link}.before` }
}

/** The live release, the same on all hosts. */
export function agreeOnLive(contexts: readonly StepContext[]): Known {
  const [first] = contexts
  const live = first?.outgoing
  const other = contexts.find(({ outgoing }) => outgoing === undefined || outgoing !== live)
  if (live !== undefined && !other) return { target: live }
  throw new ReleaseError('NO_SUCH_RELEASE', {
    what: 'update the virtualenv of the live release',
    host: (other ?? first)?.host.name,
    why:
      live === undefined
        ? 'nothing is live yet'
        : `${live} is not live there, but ${other?.outgoing ?? 'nothing'}`,
    remedy: 'deploy first.',
  })
}

/** Builds the live release's virtualenv anew, beside the one in use. */
export const buildBeside = (how: 'force' | 'fullRebuild'): Step => ({
  name: 'build-virtualenv',
  title: 'build the virtualenv',
  phase: 'beside',
  learns: ['virtualenv'],
  script: context => {
    const { layout, releasePath, options } = context
    if (!options.virtualenv) throw new Error('refused without a virtualenv')
    const place = { store: layout.virtualenvs, link: linksOf(context).next, [how]: true }
    return mapped(options.virtualenv.ensureScript(releasePath, place), ({ changed, reason, key }) => ({
      changed,
      note: reason,
      learned: { virtualenv: key },
    }))
  },
  undo: context => [change`rm -f -- ${linksOf(context).next}`],
})

/** Lets the live release use the new virtualenv: one rename. */
export const switchVirtualenv: Step = {
  name: 'switch-virtualenv',
  title: 'use the virtualenv',
  phase: 'window',
  script: context => {
    const { link, next, before } = linksOf(context)
    return script(
      [change`ln -sfn -- "$(readlink -- ${link})" ${before} && mv -fT -- ${next} ${link}`],
      () => ({ changed: true, note: context.releaseName }),
    )
  },
  undo: context => {
    const { link, before } = linksOf(context)
    const { site, options } = context
    return [
      change`[ ! -L ${before} ] || mv -fT -- ${before} ${link}`,
      ...(options.webServer ? [options.webServer.reload(site, false)] : []),
    ]
  },
}

/** Writes down which virtualenv the live release has. */
export const recordVirtualenv: Step = {
  name: 'record-virtualenv',
  title: 'write it down',
  phase: 'after',
  script: context => {
    const { layout, releaseName, known } = context
    const { virtualenv } = known
    return script(
      [
        change`rm -f -- ${linksOf(context).before}`,
        record(layout.journal, { release: releaseName, status: 'live', ...(virtualenv && { virtualenv }) }),
      ],
      () => ({ changed: true, note: virtualenv ?? '' }),
    )
  },
}

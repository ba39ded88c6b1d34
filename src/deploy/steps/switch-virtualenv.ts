import { change } from '../../command/command.js'
import { script } from '../../command/script.js'
import { servedAgain } from '../serving.js'
import type { Step } from '../step.js'
import { virtualenvLinks } from '../virtualenv-links.js'

/** Lets the live release use the new virtualenv: one rename. */
export const switchVirtualenv: Step = {
  name: 'switch-virtualenv',
  title: 'use the virtualenv',
  phase: 'window',
  rolling: true,
  script: context => {
    const { link, next, before } = virtualenvLinks(context)
    return script(
      [change`ln -sfn -- "$(readlink -- ${link})" ${before} && mv -fT -- ${next} ${link}`],
      () => ({ changed: true, note: context.releaseName }),
    )
  },
  undo: context => {
    const { link, before } = virtualenvLinks(context)
    return [change`[ ! -L ${before} ] || mv -fT -- ${before} ${link}`, ...servedAgain(context, false)]
  },
}

import { ask } from '../../command/command.js'
import { mapped, script, together } from '../../command/script.js'
import { journalOf, readJournal } from '../../release/journal.js'
import { lookAtLock } from '../../release/lock.js'
import { type Examination, type Found, wouldAsk } from './examination.js'

const OFF: Found = {
  code: 'SITE_OFF',
  severity: 'warning',
  message: 'the site shows its maintenance page, and nobody deploys',
  remedy: "put it on: maintenance(options, 'off'); a deploy does so, too",
}

/** Looks for what a deploy that died may have left. What is there while one runs is none of it. */
export const leftOvers: Examination = context => {
  const { host, layout } = context
  const next = ask`[ ! -L ${layout.next} ] || basename -- "$(readlink -- ${layout.next})"`
  const off = ask`[ ! -e ${layout.maintenance} ] || echo off`
  const looks = script(
    [next, off, readJournal(layout.journal)].map(each => each.acceptingAny()),
    said => said,
  )
  return mapped(together(lookAtLock(layout), looks), ([{ held }, [left, closed, lines]]) => {
    if (held) return []
    const release = left?.stdout
    const { at, by } = (release && lines && journalOf(lines).find(release)) || {}
    return [
      ...(release
        ? [
            wouldAsk(
              context,
              'leftOver',
              { host: host.name, release, at, by },
              'the next deploy puts it aside',
            ),
          ]
        : []),
      ...(closed?.stdout ? [OFF] : []),
    ]
  })
}

import { posix } from 'node:path'
import { ask, type Command, change } from '../command/command.js'
import { type Script, script } from '../command/script.js'
import { ReleaseError } from '../errors/release-error.js'
import { logOf } from '../support/log.js'
import { type Journal, journalOf, readJournal } from './journal.js'
import type { Layout } from './layout.js'

const log = logOf('release')

const README = `This folder is kept by dye-deploy.

{live} is a link to the live release; releases are in {releases}/, named by their time in UTC.
{shared}/ holds what all releases share, {dumps}/ dumps of the database.
{next} is there only while a deploy is under way. .dye/journal.jsonl tells what was deployed, when and by whom.

Change nothing below {releases}/ by hand: the next deploy would not have it.
`

/** What a project's home on a server says before anything is changed in it. */
export interface HomeState {
  readonly journal: Journal
  /** Name of the release that the live link points at. */
  readonly live: string | undefined
  /** Name of the release that a left-over next link points at: of a deploy whose deployer died. */
  readonly leftOver: string | undefined
}

/** Makes the directories of a project, by sudo where the user may not. */
export function makeHome(layout: Layout): Command {
  const { root, state, releases, dumps, shared, readme } = layout
  const text = README.replace(/{(\w+)}/g, (_, name) => layout.names[name as keyof Layout['names']])
  return change`
    own() { sudo -n install -d -o "$(id -un)" -g "$(id -gn)" -m 755 -- "$@"; }
    mkdir -p -- ${root} 2>/dev/null && [ -w ${root} ] || own ${posix.dirname(root)} ${root} || exit
    for directory in ${[state, releases, dumps, shared]}; do
      mkdir -p -- "$directory" && [ -w "$directory" ] || own "$directory" || exit
    done
    chmod 700 -- ${dumps} 2>/dev/null || sudo -n chmod 700 -- ${dumps} || exit
    [ -e ${readme} ] || printf %s ${text} >${readme}`
}

/**
 * Reads what is there.
 *
 * @param pause - exit code by which it stops, without having failed, when there is a left-over next link
 */
export function lookAtHome({ root, live, next, journal }: Layout, pause = 0): Script<HomeState> {
  const nameOf = (link: string) => ask`[ ! -L ${link} ] || basename -- "$(readlink -- ${link})"`
  const leftOver = ask`[ ! -L ${next} ] || { basename -- "$(readlink -- ${next})" && exit ${pause}; }`
  const isLink = ask`[ ! -e ${live} ] || [ -L ${live} ]`
  return script(
    [isLink, readJournal(journal), nameOf(live), pause ? leftOver.pausingAt(pause) : leftOver],
    ([, lines, liveName, nextName]) => {
      const [live, leftOver] = [liveName.stdout || undefined, nextName.stdout || undefined]
      const home = { journal: journalOf(lines), live, leftOver }
      log(
        '%s: live is %s, left over %s, %d releases in the journal',
        root,
        live,
        leftOver,
        home.journal.entries.length,
      )
      return home
    },
    (failure, index) =>
      index > 0
        ? failure
        : new ReleaseError('RELEASE_UNUSABLE', {
            what: `use ${root}`,
            host: failure.host,
            why: `${live} is not a link`,
            remedy: `if it is a directory, deploy: it becomes a release, and the link takes its place; else move it away: mv ${live} ${live}.old`,
          }),
  )
}

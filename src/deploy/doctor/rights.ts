import { posix } from 'node:path'
import { ask, type Command } from '../../command/command.js'
import type { CommandResult } from '../../command/result.js'
import { script } from '../../command/script.js'
import { failureOf } from '../../errors/sudo-error.js'
import type { Layout } from '../../release/layout.js'
import { siteHome } from '../site-place.js'
import type { Examination, Found } from './examination.js'
import { asksFor, parseRules } from './sudo-rules.js'

/** Exit code of our own: sudo runs nothing at all. */
const NO_SUDO = 71

/**
 * Defines `may`, which prints a command with the path of its program, and before it what sudo says of it as root's: `+`
 * allowed, `-` not. Nothing is run, and nothing said to root, or where a password has been given and works.
 */
const MAY = ask`
  PATH=$PATH:/usr/sbin:/sbin able=
  may() {
    [ "$(id -u)" != 0 ] || return 0
    [ -n "$able" ] || {
      command -v sudo >/dev/null || { echo 'sudo: not found' >&2; exit ${NO_SUDO}; }
      refused=$(sudo -n -l 2>&1 >/dev/null) || { printf '%s\n' "$refused" >&2; exit ${NO_SUDO}; }
      able=yes
    }
    sign=+; sudo -n -l -- "$@" >/dev/null 2>&1 || sign=-
    path=$(command -v "$1"); path=\${path:-$1}; shift; echo "$sign$path\${1:+ $*}"
  }`

/** Prints who we are, then all that sudo lets us run; nothing of that where it takes the password that was given. */
const RULES = ask`id -un; [ -n "$dye_sudo" ] || ! command -v sudo >/dev/null || sudo -n -l -l 2>/dev/null || :`

/** The directories of a project that cannot be made, or written to, by who logs in. */
function home({ root, state, releases, dumps, shared }: Layout): Command {
  return ask`
    own() { may install -d -o "$(id -un)" -g "$(id -gn)" -m 755 -- "$@"; }
    at=${root}; while [ ! -e "$at" ]; do at=$(dirname -- "$at"); done
    [ -w "$at" ] || own ${posix.dirname(root)} ${root}
    for directory in ${[state, releases, dumps, shared]}; do
      [ ! -e "$directory" ] || [ -w "$directory" ] || own "$directory"
    done`
}

/** A command as sudoers has it: what is made up anew each time can be anything. */
function pattern(line: string): string {
  return line.replace(/[,:=\\]/g, '\\$&').replaceAll('/tmp/tmp.0', '/tmp/tmp.*')
}

function blockedBy({ host, exitCode, signal, stdout, stderr, durationMs }: CommandResult): Found {
  const failed = { command: 'sudo -n -l', host, exitCode, signal, stdout, stderr, durationMs }
  const { code, shortMessage: message, remedy } = failureOf(failed)
  return { code, severity: 'error', message, remedy }
}

function read([listed, ...results]: readonly CommandResult[]): readonly Found[] {
  const blocked = results.find(({ exitCode }) => exitCode === NO_SUDO)
  if (blocked) return [blockedBy(blocked)]
  const [user = '', ...rest] = listed?.lines ?? []
  const rules = parseRules(rest.join('\n'))
  const said = results.flatMap(({ lines }) => lines)
  const isGood = (line: string) => line.startsWith('+') && !asksFor(rules, line.slice(1))
  const refused = [...new Set(said.filter(line => !isGood(line)).map(line => line.slice(1)))]
  if (refused.length === 0) return []
  const isAllowed = refused.every(line => said.includes(`+${line}`))
  return [
    {
      code: isAllowed ? 'SUDO_PASSWORD_REQUIRED' : 'SUDO_NOT_ALLOWED',
      severity: 'error',
      message: `sudo does not run as root, without a password: ${refused.join('; ')}`,
      remedy: `put the line "${user} ALL=(root) NOPASSWD: ${refused.map(pattern).join(', ')}" into a file below /etc/sudoers.d (visudo -f)`,
    },
  ]
}

const asked = (part: Command) =>
  ask`${MAY}
  ${part}`.acceptingAny()

/** Asks sudo for the commands that a deploy runs as root, as far as they are known before. Nothing is run. */
export const rights: Examination = ({ layout, options: { project, webServer, processes = [] } }) => {
  const site = webServer?.rootCommands?.(siteHome(project, layout))
  const parts = [home(layout), site, ...processes.map(({ rootCommands }) => rootCommands)]
  const looks = parts.flatMap(part => (part ? [asked(part)] : []))
  return script([RULES.acceptingAny(), ...looks], read)
}

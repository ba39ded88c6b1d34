import { ask, type Command } from '../../command/command.js'
import { AT, assignments, inOneLine, type KeptProgram, USER } from './keeper.js'

/** One word of a command line of systemd, in which quotes, `$` and `\` have a meaning. */
export function unitWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(inOneLine(word))) return word
  return `"${word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('$', '$$$$')}"`
}

/** A value in which no `%` has a meaning, but for what follows the `@`. */
export const plain = (value: string) => value.replaceAll('%', '%%').replaceAll(AT, '%i')

/** The text of a unit: one of the system, or one of a user. */
export function unitText(program: KeptProgram, of: 'system' | 'user' = 'system'): string {
  const { description, command, directory, env, runtimeDirectory, stateDirectory, afterwards } = program
  const { stopSignal, stopSeconds } = program
  const ofSystem = [
    ...(runtimeDirectory ? [`RuntimeDirectory=${runtimeDirectory}`, 'RuntimeDirectoryPreserve=yes'] : []),
    ...(stateDirectory ? [`StateDirectory=${stateDirectory}`] : []),
  ]
  const lines = [
    ...(of === 'system' ? [`User=${USER}`] : []),
    `WorkingDirectory=${plain(inOneLine(directory))}`,
    ...assignments(env).map(each => `Environment=${unitWord(plain(each))}`),
    ...(of === 'system' ? ofSystem : []),
    `ExecStart=${command.map(word => unitWord(plain(word))).join(' ')}`,
    ...(afterwards ? [`ExecStartPost=/bin/sh -c ${unitWord(plain(afterwards))}`] : []),
    'KillMode=mixed',
    ...(stopSignal ? [`KillSignal=${stopSignal}`] : []),
    `TimeoutStopSec=${stopSeconds}`,
    'Restart=always',
    'RestartSec=2',
  ]
  return `# Made by dye-deploy.
[Unit]
Description=${plain(inOneLine(description))}
${of === 'system' ? 'After=network.target\n' : ''}
[Service]
${lines.join('\n')}

[Install]
WantedBy=${of === 'system' ? 'multi-user' : 'default'}.target
`
}

/** What all instances of systemd are told; `look` and `act` are systemctl, to read and to change. */
export const UNIT_SHELL: Command = ask`
    suffix=.service
    state() { case $(look is-active "$1.service") in active) echo up;; activating) echo broken;; deactivating) echo ending;; *) echo down;; esac; }
    main() { look show -p MainPID --value "$1.service"; }
    forget() { $root rm -f -- "$files/$1.service"; }
    begin() { act start "$1.service"; }
    finish() { act stop "$1.service"; }
    dismiss() {
      case $(state "$1") in up|broken) act --no-block stop "$1.service";; ending) ;; *) forget "$1";; esac
    }
    enable() { act enable --quiet "$1.service"; }
    disable() { act disable --quiet "$1.service"; }
    enabled() { look is-enabled --quiet "$1.service"; }`

import { OptionError } from '../errors/option-error.js'

/** What a unit of systemd is made of. */
export interface UnitOptions {
  readonly description: string
  /** Program, absolute, and its arguments. `%i` and other specifiers of systemd are left as they are. */
  readonly command: readonly string[]
  readonly directory: string
  readonly env: Readonly<Record<string, string>>
  /** Directory below `/run`, which is the user's and outlives the processes. */
  readonly runtimeDirectory?: string
  /** Directory below `/var/lib`, which is the user's. */
  readonly stateDirectory?: string
  /** Run by a shell once the processes have been started. */
  readonly afterwards?: string
  /** The signal that lets them finish what they have begun. @defaultValue `SIGTERM` */
  readonly stopSignal?: string
  /** Seconds that they may take to finish what they have begun. */
  readonly stopSeconds: number
}

/** What stands for the user, who is known on the server only. */
export const USER = '%USER%'

/** One word of a command line of systemd, in which quotes, `$` and `\` have a meaning. */
export function unitWord(word: string): string {
  if (/[\0\n\r]/.test(word)) throw new OptionError('processes', `${JSON.stringify(word)} has a line break`)
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  return `"${word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('$', '$$$$')}"`
}

/** Words in which no `%` has a meaning. */
export const escaped = (words: readonly string[]) => words.map(word => word.replaceAll('%', '%%'))

/** A value that is no command: only `%` has a meaning there. */
const plain = (value: string) => value.replaceAll('%', '%%')

/** The text of a unit. */
export function unitText(options: UnitOptions): string {
  const {
    description,
    command,
    directory,
    env,
    runtimeDirectory,
    stateDirectory,
    afterwards,
    stopSignal,
    stopSeconds,
  } = options
  const lines = [
    `User=${USER}`,
    `WorkingDirectory=${plain(directory)}`,
    ...Object.entries(env).map(([name, value]) => `Environment=${unitWord(plain(`${name}=${value}`))}`),
    ...(runtimeDirectory ? [`RuntimeDirectory=${runtimeDirectory}`, 'RuntimeDirectoryPreserve=yes'] : []),
    ...(stateDirectory ? [`StateDirectory=${stateDirectory}`] : []),
    `ExecStart=${command.map(unitWord).join(' ')}`,
    ...(afterwards ? [`ExecStartPost=/bin/sh -c ${unitWord(afterwards)}`] : []),
    'KillMode=mixed',
    ...(stopSignal ? [`KillSignal=${stopSignal}`] : []),
    `TimeoutStopSec=${stopSeconds}`,
    'Restart=always',
    'RestartSec=2',
  ]
  return `# Made by dye-deploy.
[Unit]
Description=${plain(description)}
After=network.target

[Service]
${lines.join('\n')}

[Install]
WantedBy=multi-user.target
`
}

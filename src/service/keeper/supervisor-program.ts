import { OptionError } from '../../errors/option-error.js'
import { AT, assignments, HOME, inOneLine, type KeptProgram, USER } from './keeper.js'

/** One word of a command line of supervisor: quotes and `\` have a meaning, `%`, and what looks like a comment. */
export function supervisorWord(word: string): string {
  const plain = inOneLine(word).replaceAll('%', '%%')
  if (/^[\w@%+=:,./-]+$/.test(plain.replaceAll(AT, ''))) return plain
  const quoted = plain.replaceAll('\\', '\\\\').replaceAll('"', '\\"')
  return `"${quoted.replace(/(\s)(?=[;#])/g, '$1""')}"`
}

/** A value that is not quoted. */
function supervisorValue(value: string): string {
  if (!/^\s|\s$|\s[;#]/.test(inOneLine(value))) return value.replaceAll('%', '%%')
  throw new OptionError('processes', `supervisor cannot have the directory ${JSON.stringify(value)}`)
}

/** Where supervisor writes what an instance says. */
export const LOGS = '/var/log/supervisor'

/** The text of a program of supervisor. What comes up late at boot is tried again and again, as by systemd. */
export function supervisorText(program: KeptProgram): string {
  const { unit, description, command, directory, env, stopSignal = 'SIGTERM', stopSeconds } = program
  const variables = assignments(env)
  const words = [...(variables.length > 0 ? ['/usr/bin/env', ...variables] : []), ...command]
  return `; Made by dye-deploy: ${inOneLine(description)}
[program:${unit}@${AT}]
command=${words.map(supervisorWord).join(' ')}
directory=${supervisorValue(directory)}
user=${USER}
environment=HOME="${HOME}",USER="${USER}",LOGNAME="${USER}"
autostart=true
autorestart=true
startsecs=1
startretries=1000000
stopsignal=${stopSignal.replace(/^SIG/, '')}
stopwaitsecs=${stopSeconds}
killasgroup=true
redirect_stderr=true
stdout_logfile=${LOGS}/${unit}@${AT}.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=1
`
}

import { ask, type Command, change, type Raw, raw } from '../../command/command.js'
import type { CommandResult } from '../../command/result.js'
import { type Script, script } from '../../command/script.js'
import { Secret } from '../../command/secret.js'
import type { CommandError } from '../../errors/command-error.js'
import { FileError } from '../../errors/file-error.js'
import { OptionError } from '../../errors/option-error.js'
import { beside, operand, removable, withoutSlash } from './file-path.js'
import { type FileStat, parseStat, STAT_FORMAT } from './file-stat.js'

/** Mode and owner of what is made. */
export interface FileAttributes {
  /** Permission bits, such as `0o640`. */
  readonly mode?: number | undefined
  /** User it belongs to; needs root. @defaultValue the user who writes it */
  readonly owner?: string | undefined
  /** Group it belongs to. @defaultValue that of the user who writes it */
  readonly group?: string | undefined
}

/** Most bytes that come by the session; longer files come in a process of their own. */
export const READ_LIMIT = 8 * 1024 * 1024

/** The error for what a command printed about a file. */
export function fileError(what: string, path: string, host: string, output: string): FileError {
  const account = { what, path, host }
  const parent = 'see that the path is right, and that its directory exists.'
  if (/No such file or directory|[Dd]irectory nonexistent/.test(output)) {
    return new FileError('FILE_NOT_FOUND', {
      ...account,
      why: 'there is no such file',
      output,
      remedy: parent,
    })
  }
  if (/Permission denied|Operation not permitted/.test(output)) {
    const remedy = 'use host.as(user) or host.asRoot(), or change the permissions on the server.'
    return new FileError('FILE_DENIED', { ...account, why: 'permission was denied', output, remedy })
  }
  return new FileError('FILE_FAILED', { ...account, why: 'the command failed', output })
}

function one<T>(command: Command, what: string, path: string, read: (result: CommandResult) => T): Script<T> {
  const explain = ({ host, stderr }: CommandError) => fileError(`${what} ${path}`, path, host, stderr)
  return script([command], ([result]) => read(result), explain)
}

function octal(mode: number): string {
  if (!Number.isInteger(mode) || mode < 0 || mode > 0o7777) {
    throw new OptionError('mode', `${mode} is not between 0 and 0o7777`)
  }
  return mode.toString(8).padStart(4, '0')
}

function chown(path: string, { owner, group }: FileAttributes): Command | Raw {
  if (owner === undefined && group === undefined) return raw(':')
  return change`chown -h ${[`${owner ?? ''}${group === undefined ? '' : `:${group}`}`]} ${path}`
}

/** The first bytes of a file, one more than the limit if it is longer. */
export function reading(path: string): Script<Buffer> {
  const command = ask`head -c ${READ_LIMIT + 1} -- ${operand(path)}`.asData()
  return one(command, 'read', path, ({ stdoutBytes }) => stdoutBytes)
}

/** Writes a file beside and renames it. The content stands in the text of the script, and in no argument vector. */
export function writing(
  path: string,
  content: string | Buffer | Secret,
  attributes: FileAttributes = {},
): Script<void> {
  const secret = content instanceof Secret
  const [final, next] = [operand(path), beside(path, 'write')]
  const { mode } = attributes
  const fallback = secret ? '0600' : '0644'
  const chmod =
    mode === undefined
      ? change`mode=$(stat -L -c %a -- ${final} 2>/dev/null) || mode=${fallback}; chmod "$mode" ${next}${raw(secret ? ' && chmod o= ' : '')}${secret ? next : raw('')}`
      : change`chmod ${octal(mode)} ${next}`
  const command = change`\
if [ -d ${final} ]; then echo 'it is a directory' >&2; exit 1; fi
( umask 077; set -C; cat >${next} ) &&
{ [ "$(id -u)" -ne 0 ] || [ ! -e ${final} ] || chown --reference=${final} ${next}; } &&
${chown(next, attributes)} && { ${chmod}; } && mv -fT -- ${next} ${final} && exit 0
code=$?; rm -f -- ${next}; exit "$code"`
  return one(command.withStdin(content), 'write', path, () => undefined)
}

/** What is known of a path; a link counts itself. */
export function looking(path: string): Script<FileStat | undefined> {
  const plain = withoutSlash(path)
  const command = ask`stat -c ${STAT_FORMAT} -- ${plain} || exit 44; [ ! -L ${plain} ] || readlink -- ${plain}`
  const { commands, explain } = one(command, 'look at', path, () => undefined)
  return {
    commands: commands.map(each => each.accepting(44)),
    read: ([result]) => {
      if (result?.ok) return parseStat(result.stdoutBytes.toString())
      const failure = fileError(`look at ${path}`, path, result?.host ?? '', result?.stderr ?? '')
      // ENOTDIR: something above it is a file, so there is nothing at the path either
      if (failure.code === 'FILE_NOT_FOUND' || /Not a directory/.test(result?.stderr ?? '')) return undefined
      throw failure
    },
    ...(explain && { explain }),
  }
}

/** The names in a directory. */
export function listing(path: string): Script<readonly string[]> {
  const command = ask`cd -- ${operand(path)} && find . -mindepth 1 -maxdepth 1 -print0`
  return one(command, 'list', path, ({ stdoutBytes }) => {
    const names = stdoutBytes.toString().split('\0').slice(0, -1)
    return names.map(name => name.slice(2)).sort()
  })
}

/** Puts a link in place, in one instant. */
export function linking(target: string, path: string): Script<void> {
  if (target === '') throw new OptionError('target', 'a link must point somewhere')
  const next = beside(path, 'write')
  const command = change`\
ln -s -- ${target} ${next} && mv -fT -- ${next} ${withoutSlash(path)} && exit 0
code=$?; rm -f -- ${next}; exit "$code"`
  return one(command, 'link', path, () => undefined)
}

/** Removes a path, and tells whether there was something. */
export function removing(path: string, recursive: boolean): Script<boolean> {
  const plain = removable(path)
  const command = change`\
[ -e ${plain} ] || [ -L ${plain} ] || exit 0
rm -f${raw(recursive ? 'r' : '')} -- ${plain} && echo removed`
  return one(command, 'remove', path, ({ stdout }) => stdout === 'removed')
}

/** Makes a directory and those above it, and tells whether it was not there. */
export function makingDirectory(path: string, attributes: FileAttributes = {}): Script<boolean> {
  const plain = withoutSlash(path)
  const { mode } = attributes
  const chmod = mode === undefined ? raw(':') : change`chmod ${octal(mode)} ${plain}`
  const command = change`\
made=; [ -d ${plain} ] || made=made
mkdir -p -- ${plain} && ${chown(plain, attributes)} && ${chmod} && echo "$made"`
  return one(command, 'make the directory', path, ({ stdout }) => stdout === 'made')
}

/** Makes a directory that nobody else can enter, and gives its path. */
export function makingTemporaryDirectory(): Script<string> {
  const command = change`mktemp -d "\${TMPDIR:-/tmp}/dye.XXXXXXXXXX"`
  return one(command, 'make', 'a temporary directory', ({ stdout }) => stdout)
}

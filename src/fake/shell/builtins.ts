import { FileFailure } from '../machine/file-failure.js'
import { unexpected } from '../unexpected.js'
import { Exit, Jump, Return } from './jumps.js'
import { formatted } from './printf.js'
import { read } from './read.js'
import type { Shell } from './shell.js'
import { test } from './test-expression.js'

/** Those whose assignments stay, and whose failures end the shell. */
export const SPECIAL_BUILTINS: ReadonlySet<string> = new Set(
  ': break continue eval exec exit export return set shift trap unset'.split(' '),
)

type Builtin = (shell: Shell, args: readonly string[]) => number

const codeOf = (shell: Shell, [code]: readonly string[]) =>
  code === undefined ? shell.status : Number(code) & 255

const jump = (kind: 'break' | 'continue') => (_: Shell, args: readonly string[]) => {
  throw new Jump(kind, Number(args[0] ?? 1))
}

const cd: Builtin = (shell, args) => {
  const [target = shell.variables.get('HOME') ?? '/'] = args.filter(word => word !== '--' && word !== '-P')
  try {
    shell.enter(target)
    return 0
  } catch (error) {
    if (!(error instanceof FileFailure)) throw error
    shell.complain(`cd: can't cd to ${target}`)
    return 2
  }
}

const command: Builtin = (shell, args) => {
  const [option = '', name = ''] = args
  if (option !== '-v') return shell.call(args, false)
  const isOwn = shell.functions.has(name) || BUILTINS.has(name)
  const found = isOwn ? name : shell.machine.pathOf(shell.state, name)
  if (found === undefined) return 127
  shell.print(`${found}\n`)
  return 0
}

const echo: Builtin = (shell, args) => {
  const isBare = args[0] === '-n'
  shell.print(formatted('%b', [(isBare ? args.slice(1) : args).join(' ')]) + (isBare ? '' : '\n'))
  return 0
}

const evaluate: Builtin = (shell, args) => {
  const text = args.join(' ')
  return text.trim() === '' ? 0 : shell.evaluate(text)
}

/** Does something with variables, some of which get a value. */
const declaring =
  (declare: (shell: Shell, name: string) => void): Builtin =>
  (shell, args) => {
    for (const word of args) {
      const [name = ''] = word.split('=')
      declare(shell, name)
      if (word.includes('=')) shell.variables.set(name, word.slice(name.length + 1))
    }
    return 0
  }

const exported = declaring((shell, name) => shell.variables.export(name))
const local = declaring((shell, name) => shell.variables.local(name))

const pwd: Builtin = (shell, args) => {
  shell.print(`${args[0] === '-P' ? shell.machine.tree.realPath(shell.user, shell.cwd) : shell.cwd}\n`)
  return 0
}

/** `set`: the options `e`, `f` and `C`; then, or after `--`, the positional parameters. */
const set: Builtin = (shell, args) => {
  const [first = '', ...rest] = args
  if (first === '--') shell.positional = rest
  else if (/^[-+][efC]+$/.test(first)) {
    for (const name of first.slice(1))
      first.startsWith('-') ? shell.options.add(name) : shell.options.delete(name)
    if (rest.length > 0) return set(shell, rest)
  } else if (first.startsWith('-'))
    throw unexpected(`run set ${args.join(' ')}`, 'sh in memory has no such option')
  else shell.positional = args
  return 0
}

/** `trap`: what is done at the end; no signal ever comes. */
const trap: Builtin = (shell, args) => {
  const [action = '', ...signals] = args.filter(word => word !== '--')
  if (!signals.includes('EXIT') && !signals.includes('0')) return 0
  shell.atExit = action === '-' ? undefined : action
  return 0
}

const bracket: Builtin = (shell, args) => judge(shell, args.slice(0, -1))

function judge(shell: Shell, args: readonly string[]): number {
  const verdict = test(args, shell.files)
  if (verdict !== undefined) return verdict ? 0 : 1
  shell.complain(`[: ${args[0] ?? ''}: unexpected operator`)
  return 2
}

const umask: Builtin = (shell, [mask]) => {
  if (mask === undefined) shell.print(`${shell.umask.toString(8).padStart(4, '0')}\n`)
  else shell.umask = Number.parseInt(mask, 8)
  return 0
}

const shift: Builtin = (shell, [count = '1']) => {
  shell.positional = shell.positional.slice(Number(count))
  return 0
}

const unset: Builtin = (shell, names) => {
  for (const name of names) {
    shell.variables.unset(name)
    shell.functions.delete(name)
  }
  return 0
}

const printf: Builtin = (shell, [format = '', ...args]) => {
  shell.print(formatted(format, args))
  return 0
}

const exit: Builtin = (shell, args) => {
  throw new Exit(codeOf(shell, args))
}

const leave: Builtin = (shell, args) => {
  throw new Return(codeOf(shell, args))
}

/** The commands that a shell does itself. */
export const BUILTINS: ReadonlyMap<string, Builtin> = new Map(
  Object.entries<Builtin>({
    ':': () => 0,
    '[': bracket,
    break: jump('break'),
    cd,
    command,
    continue: jump('continue'),
    echo,
    eval: evaluate,
    exit,
    export: exported,
    false: () => 1,
    local,
    printf,
    pwd,
    read,
    return: leave,
    set,
    shift,
    test: judge,
    trap,
    true: () => 0,
    umask,
    unset,
  }),
)

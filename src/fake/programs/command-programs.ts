import { quote } from '../../command/quote.js'
import { unescaped } from '../shell/printf.js'
import type { Program } from '../shell/process.js'
import { Shell } from '../shell/shell.js'
import { OpenFile } from '../shell/streams.js'
import { unexpected } from '../unexpected.js'
import { wordsOf } from './words.js'

/** Nothing takes longer than it may. */
const timeout: Program = process => {
  const at = process.args.findIndex(word => /^[\d.]+$/.test(word))
  wordsOf(process, 's= k=', process.args.slice(0, at))
  return process.spawn(process.args.slice(at + 1))
}

/** `sh`, with a script by `-c`, by the input, or in a file. */
const sh: Program = process => {
  const [option = '', ...words] = process.args
  const [file = '', ...rest] = process.args
  const [text = '', name = process.name, ...positional] = words
  if (option === '-c') return run(text, name, positional)
  if (option === '-s')
    return run(process.stdin.read(), process.name, words[0] === '--' ? words.slice(1) : words)
  if (option === '') return run(process.stdin.read(), process.name, [])
  if (option.startsWith('-')) throw unexpected(`run ${process.line}`, `sh in memory has no ${option}`)
  const script = process.content(file)
  return script === undefined ? 127 : run(script, file, rest)

  function run(script: string, zero: string, args: readonly string[]): number {
    const descriptors = process.state.descriptors.copy()
    try {
      return new Shell({ ...process.state, descriptors }, zero, args).run(script)
    } finally {
      descriptors.close()
    }
  }
}

/** `flock`: of a descriptor, or of a file while a program runs. Whoever waits for another's lock waits in vain: nobody else runs meanwhile. */
const flock: Program = process => {
  const args = [...process.args]
  let [refused, wait] = [1, 0]
  for (let option = args[0] ?? ''; option.startsWith('-'); option = args[0] ?? '') {
    args.shift()
    if (option === '-E') refused = Number(args.shift())
    else if (option === '-w') wait = Number(args.shift())
    else if (option !== '-n') throw unexpected(`run ${process.line}`, `flock in memory has no ${option}`)
  }
  const [target = '', ...command] = args
  const { machine } = process
  const held = () => {
    machine.clock.advance(wait * 1000)
    return refused
  }
  if (command.length === 0) {
    const file = process.state.descriptors.get(Number(target))
    if (!file) return process.fail(`${target}: Bad file descriptor`, 65)
    return machine.lock(file) ? 0 : held()
  }
  const node = process.files.peek(target) ?? process.files.openToWrite(target)
  const file = new OpenFile(undefined, undefined, node, each => machine.unlock(each)).use()
  if (!machine.lock(file)) return held()
  try {
    return process.spawn(command)
  } finally {
    file.drop()
  }
}

const env: Program = process => {
  const environment = new Map(process.state.environment)
  const args = [...process.args]
  for (let word = args[0] ?? ''; /^-|^\w+=/.test(word); word = args[0] ?? '') {
    args.shift()
    if (word === '--') break
    if (word === '-i') environment.clear()
    else if (word === '-u') environment.delete(args.shift() ?? '')
    else if (word.startsWith('-')) throw unexpected(`run ${process.line}`, `env in memory has no ${word}`)
    else environment.set(word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1))
  }
  return process.spawn(args, { environment })
}

const xargs: Program = process => {
  const at = process.args.findIndex(
    (word, index) => !/^-|^\\n$/.test(word) && process.args[index - 1] !== '-n',
  )
  const [options, command] = [process.args.slice(0, at), process.args.slice(at)]
  const { has, value } = wordsOf(process, '0 r d= n=', options)
  const delimiter = has('0') ? '\0' : unescaped(value('d') ?? ' ')
  const words = process.stdin
    .read()
    .split(has('0', 'd') ? delimiter : /\s+/)
    .filter(word => word !== '')
  if (words.length === 0 && has('r')) return 0
  const most = Number(value('n') ?? Math.max(words.length, 1))
  const starts = words.flatMap((_, index) => (index % most === 0 ? [index] : []))
  const codes = starts.map(start =>
    process.spawn([...command, ...words.slice(start, start + most)], { stdin: '' }),
  )
  return codes.some(code => code !== 0) ? 123 : 0
}

/** A program that is one of the shell's own commands. */
const ofShell =
  (name: string): Program =>
  process =>
    new Shell(process.state).run([name, ...process.args].map(quote).join(' '))

/** What runs other programs, and what the shell does itself as well. */
export const COMMAND_PROGRAMS: Readonly<Record<string, Program>> = {
  timeout,
  sh,
  flock,
  env,
  xargs,
  ...Object.fromEntries(['true', 'false', 'echo', 'printf', 'test', '['].map(name => [name, ofShell(name)])),
}

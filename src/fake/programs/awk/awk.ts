import { unescaped } from '../../shell/printf.js'
import type { Program } from '../../shell/process.js'
import { unexpected } from '../../unexpected.js'
import { AwkRun } from './interpreter.js'
import { parseAwk } from './parser.js'
import { Outside } from './values.js'

/** Reads lines, and does with them what a program of its own says. */
export const awk: Program = process => {
  const rest = [...process.args]
  const given: (readonly [string, string])[] = []
  for (let option = rest[0] ?? ''; /^-./.test(option); option = rest[0] ?? '') {
    rest.shift()
    if (option === '--') break
    const value = option.slice(2) || (rest.shift() ?? '')
    if (option.startsWith('-F')) given.push(['FS', value])
    else if (option === '-v')
      given.push([value.slice(0, value.indexOf('=')), value.slice(value.indexOf('=') + 1)])
    else throw unexpected(`run ${process.line}`, `awk in memory has no ${option}`)
  }
  const run = new AwkRun(parseAwk(rest.shift() ?? ''), process)
  for (const [name, value] of given) run.setVariable(name, new Outside(unescaped(value)))
  return run.run(rest)
}

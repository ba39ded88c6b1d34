import type { ExpansionScope } from './expansion.js'
import { Exit } from './jumps.js'
import type { Shell } from './shell.js'

/** What the words of a shell's scripts are expanded with. */
export function scopeOf(shell: Shell): ExpansionScope {
  return {
    valueOf: name => shell.valueOf(name),
    get positional() {
      return shell.positional
    },
    assign: (name, value) => shell.variables.set(name, value),
    substitute: body => shell.substitute(body),
    list: directory => shell.files.list(directory),
    exists: path => shell.files.peek(path, false) !== undefined,
    get expandsPatterns() {
      return !shell.options.has('f')
    },
    fail: message => {
      shell.complain(message)
      throw new Exit(2)
    },
  }
}

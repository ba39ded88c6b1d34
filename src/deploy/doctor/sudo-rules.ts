/** A line of sudoers, as `sudo -l -l` lists it. */
export interface SudoRule {
  /** True: sudo asks for the user's password. */
  readonly asks: boolean
  /** Commands with their arguments; `ALL`, or with `*` in them. */
  readonly commands: readonly string[]
}

/** Reads what `sudo -l -l` prints: an entry for each line of sudoers, in their order. */
export function parseRules(listed: string): readonly SudoRule[] {
  const [defaults = '', ...entries] = listed.split(/^Sudoers entry:.*$/m)
  const isExempt = /[\s,]!authenticate\b/.test(defaults)
  return entries.map(entry => {
    const [, options = ''] = /^ {4}Options: (.*)$/m.exec(entry) ?? []
    const words = options.split(', ')
    const commands = [...entry.matchAll(/^\t(.*)$/gm)].map(([, command = '']) => command)
    const asks = words.includes('authenticate') || !(isExempt || words.includes('!authenticate'))
    return { asks, commands }
  })
}

function covers(pattern: string, command: string): boolean {
  if (/^ALL$/.test(pattern)) return true
  const [program = ''] = command.split(' ', 1)
  const plain = pattern.replace(/\\(.)/g, '$1')
  const parts = plain.split('*').map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 's').test(plain.includes(' ') ? command : program)
}

/** True if sudo asks for a password before a command that is allowed: the last rule counts that has it. */
export function asksFor(rules: readonly SudoRule[], command: string): boolean {
  const rule = rules.findLast(({ commands }) => commands.some(each => covers(each, command)))
  return rule?.asks ?? false
}

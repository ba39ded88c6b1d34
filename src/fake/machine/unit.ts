import { unexpected } from '../unexpected.js'

/** What the file of a unit says, as far as ours say anything. */
export interface Unit {
  readonly user: string
  readonly directory: string
  readonly environment: ReadonlyMap<string, string>
  readonly command: readonly string[]
  /** Run once the command has been started. */
  readonly afterwards: readonly string[]
  /** Directories that are the user's. */
  readonly directories: readonly string[]
  /** Target that it belongs to. */
  readonly wantedBy: string
}

/** Statements that make no difference here: nothing has to be waited for. */
const WITHOUT_EFFECT = [
  ...['Description', 'After', 'KillMode', 'KillSignal', 'TimeoutStopSec', 'Restart', 'RestartSec'],
  'RuntimeDirectoryPreserve',
]

const STATEMENTS = [
  ...['User', 'WorkingDirectory', 'Environment', 'ExecStart', 'ExecStartPost', 'WantedBy'],
  ...['RuntimeDirectory', 'StateDirectory'],
]

/** The words of a line: quotes, `\` and `$$` have a meaning in them. */
function wordsOf(line: string): string[] {
  const words = line.match(/"(?:\\[\s\S]|[^"\\])*"|[^\s"]+/g) ?? []
  return words.map(word =>
    word
      .replace(/^"([\s\S]*)"$/, '$1')
      .replace(/\\(.)/g, '$1')
      .replaceAll('$$', '$'),
  )
}

/** Reads the file of a unit of the system. @param name - without `.service`; of one with an `@` what follows is its `%i` */
export function parsedUnit(text: string, name: string): Unit {
  const values = new Map<string, string[]>()
  const meaning = (value: string) =>
    value.replace(/%(.)/g, (_, letter) => (letter === 'i' ? name.replace(/^[^@]*@?/, '') : letter))
  for (const line of text.split('\n')) {
    const [, key = '', value = ''] = /^(\w+)=(.*)$/.exec(line) ?? []
    if (key === '' || WITHOUT_EFFECT.includes(key)) continue
    if (!STATEMENTS.includes(key))
      throw unexpected(`start the unit ${name}`, `a server in memory does not know what ${key}= means`)
    values.set(key, [...(values.get(key) ?? []), meaning(value)])
  }
  const one = (key: string) => values.get(key)?.at(-1) ?? ''
  const below = (key: string, directory: string) =>
    (values.get(key) ?? []).map(each => `${directory}/${each}`)
  const variables = (values.get('Environment') ?? []).flatMap(wordsOf)
  return {
    user: one('User') || 'root',
    directory: one('WorkingDirectory') || '/',
    environment: new Map(
      variables.map(each => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)]),
    ),
    command: wordsOf(one('ExecStart')),
    afterwards: wordsOf(one('ExecStartPost')),
    directories: [...below('RuntimeDirectory', '/run'), ...below('StateDirectory', '/var/lib')],
    wantedBy: one('WantedBy'),
  }
}

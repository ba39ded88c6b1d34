import { createHash } from 'node:crypto'
import { ASSETS, BACK, CREDENTIALS, KNOWN, PENDING } from '../../application/django-programs.js'
import { BACKUP, CHECK } from '../../database/sqlite.js'
import { EXCHANGE } from '../../release/relocate.js'
import { ASK_HTTP, ASK_UWSGI } from '../../service/app-programs.js'
import { UNPACK_PIP } from '../../virtualenv/pip.js'
import { HAS_VENV } from '../../virtualenv/programs.js'
import { FINGERPRINT } from '../../virtualenv/requirements.js'
import type { Process, Program } from '../shell/process.js'
import { unexpected } from '../unexpected.js'
import { APP_MODULES } from './app-programs.js'
import { DjangoProject } from './django-project.js'
import { backup, check } from './sqlite.js'

const NO_PYTHON = 'a server in memory has no Python'

type PythonProgram = (process: Process, args: readonly string[]) => number

/** Prints the key of an environment, and the files that it was made of. */
const fingerprint: PythonProgram = (process, [options = '', ...paths]) => {
  const seen: Record<string, string> = {}
  const parts = ['3.11.2', options]
  for (const path of paths) {
    const text = process.files.tryRead(path)
    if (text === undefined)
      return process.fail(`FileNotFoundError: [Errno 2] No such file or directory: '${path}'`)
    seen[path] = createHash('sha256').update(text, 'latin1').digest('hex')
    parts.push(text)
  }
  process.out(
    `${createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16)}\n${JSON.stringify(seen)}\n`,
  )
  return 0
}

const exchange: PythonProgram = (process, [one = '', other = '']) =>
  process.attempt(one, () => {
    const { files, user } = process
    files.tree.exchange(user, files.absolute(one), files.absolute(other))
  })

/** Asks who listens on a socket for a page. */
const asking: PythonProgram = (process, [socket = '']) =>
  process.files.listens(socket) ? 0 : process.fail('ConnectionRefusedError: [Errno 111] Connection refused')

const django =
  (act: (project: DjangoProject, args: readonly string[]) => number): PythonProgram =>
  (process, args) =>
    act(new DjangoProject(process), args)

/** Our own programs, by their text. */
const PROGRAMS: ReadonlyMap<string, PythonProgram> = new Map([
  [FINGERPRINT, fingerprint],
  [EXCHANGE, exchange],
  [CREDENTIALS, django(project => project.credentials())],
  [PENDING, django(project => project.pending())],
  [ASSETS, django((project, words) => project.collect(words))],
  [UNPACK_PIP, () => 0], // what `venv` makes has one
  [HAS_VENV, () => 0],
  [KNOWN, django(project => project.known())],
  [BACK, django((project, [how = '']) => project.back(how))],
  [BACKUP, backup],
  [CHECK, check],
  [ASK_HTTP, asking],
  [ASK_UWSGI, asking],
])

/** Makes an environment. */
function venv(process: Process, args: readonly string[]): number {
  const directory = args.at(-1) ?? ''
  const { files } = process
  for (const part of ['bin', 'lib/python3.11/site-packages/pip'])
    files.makeDirectories(`${directory}/${part}`)
  files.tree.makeLink('/usr/bin/python3', files.absolute(`${directory}/bin/python`), process.user)
  files.tree.makeLink('python', files.absolute(`${directory}/bin/python3`), process.user)
  files.write(`${directory}/pyvenv.cfg`, 'home = /usr/bin\nversion = 3.11.2\n')
  return 0
}

/** Installs nothing, but wants the files of requirements to be there. */
function pip(process: Process, args: readonly string[]): number {
  const files = args.flatMap((word, index) =>
    /^(-r|--requirement)$/.test(word) ? [args[index + 1] ?? ''] : [],
  )
  const missing = files.find(path => process.files.tryRead(path) === undefined)
  if (missing !== undefined) return process.fail(`ERROR: Could not open requirements file: '${missing}'`)
  process.out('Successfully installed\n')
  return 0
}

/** A command of `manage.py` that goes on for ever, since it was started as a service. */
function stayed(process: Process, manage: string): number {
  if (process.files.tryRead(manage) === undefined)
    return process.fail(`can't open file '${manage}': [Errno 2] No such file or directory`, 2)
  process.state.stay?.({})
  return 0
}

/** `python3`, which knows our own programs, and what Django and pip are told by a deploy. */
export const python: Program = process => {
  const [first = '', second = '', ...rest] = process.args
  if (first === '--version' || first === '-V') {
    process.out('Python 3.11.2\n')
    return 0
  }
  if (first === '-c') {
    const program = PROGRAMS.get(Buffer.from(second, 'latin1').toString('utf8'))
    if (program) return program(process, rest)
    const [, lowest, below] =
      /^import sys; sys\.exit\(not \(3, (\d+)\) <= sys\.version_info\[:2\] < \((?:4,|3, (\d+))\)\)$/.exec(
        second,
      ) ?? []
    if (lowest !== undefined)
      return Number(lowest) <= 11 && (below === undefined || 11 < Number(below)) ? 0 : 1
    throw unexpected(`run the Python program ${JSON.stringify(second.trim().split('\n', 1)[0])}`, NO_PYTHON)
  }
  if (first === '-m' && second === 'venv') return venv(process, rest)
  if (first === '-m' && second === 'pip') return pip(process, rest)
  if (first === '-m' && second === 'compileall') return 0
  const module = first === '-m' ? APP_MODULES[second] : undefined
  if (module) return module(process, rest)
  if (/(^|\/)manage\.py$/.test(first)) {
    if (second === 'migrate') return new DjangoProject(process).migrate()
    if (process.state.stay) return stayed(process, first)
  }
  throw unexpected(`run ${process.line}`, NO_PYTHON)
}

import type { Process, ProcessState } from '../shell/process.js'
import { unexpected } from '../unexpected.js'

/** What is wrong with the Python of an application as soon as it is imported; undefined if nothing is. */
export function faultOf(text: string | undefined, name: string): string | undefined {
  if (text === undefined) return `ModuleNotFoundError: No module named '${name}'`
  const [raised, error = 'RuntimeError', message = ''] = /^raise (\w+)\((?:['"](.*)['"])?\)/m.exec(text) ?? []
  return raised === undefined ? undefined : `${error}: ${message}`
}

/** Lets a program go on, which it can as a service only. */
function stayOf({ state, line }: Process): NonNullable<ProcessState['stay']> {
  if (state.stay) return state.stay
  throw unexpected(`run ${line}`, 'in memory it goes on as a service only')
}

/** Goes on in the background, if its module can be imported. */
function serve(process: Process, application: string, socket: string | undefined): number {
  const stay = stayOf(process)
  const module = application.split(':', 1)[0] ?? ''
  const file = module.replaceAll('.', '/')
  const { files } = process
  const fault = faultOf(files.tryRead(`${file}.py`) ?? files.tryRead(`${file}/__init__.py`), module)
  if (fault !== undefined) {
    process.err(`${fault}\n`)
    return 3
  }
  if (socket === undefined) return process.fail('it would listen nowhere')
  if (files.peek(socket, false)) files.removeAll(socket)
  files.tree.makeSocket(socket, process.user)
  stay({ socket })
  return 0
}

const valueAfter = (words: readonly string[], option: string) =>
  words.includes(option) ? words[words.indexOf(option) + 1] : undefined

/** A worker of Celery, or a question to one. */
function celery(process: Process, words: readonly string[]): number {
  if (words.includes('inspect')) {
    const wanted = valueAfter(words, '--destination')
    return process.machine.parts.services.active.some(({ staying }) => staying?.node === wanted)
      ? 0
      : process.fail('no nodes replied within time constraint')
  }
  const node = valueAfter(words, '--hostname')
  stayOf(process)({ ...(node !== undefined && { node }) })
  return 0
}

/** Modules of Python that go on in the background when they are started as a service; they get the words after their name. */
export const APP_MODULES: Readonly<Record<string, (process: Process, words: readonly string[]) => number>> = {
  gunicorn: (process, words) =>
    serve(process, words.at(-1) ?? '', valueAfter(words, '--bind')?.replace(/^unix:/, '')),
  uvicorn: (process, words) => serve(process, words.at(-1) ?? '', valueAfter(words, '--uds')),
  celery,
}

import type { FoundDatabase } from './found-django.js'
import type { ProjectTree } from './project-tree.js'

/** What was found out about the packages of Python that a project needs. */
export interface FoundPackages {
  /** The file that names them. */
  readonly file: string | undefined
  /** The oldest Python that will do: `3.9`. */
  readonly python: string | undefined
  readonly hasGunicorn: boolean
}

const DRIVERS = {
  mysql: /mysqlclient|pymysql|mysql-connector/i,
  postgresql: /psycopg/i,
  sqlite: /^/,
} as const

function fileOf(tree: ProjectTree, environment: string, notes: string[]): string | undefined {
  const usual = [
    'deploy/pip_packages.txt',
    `requirements/${environment}.txt`,
    `requirements-${environment}.txt`,
    'requirements.txt',
    'requirements/base.txt',
  ]
  const others = tree.files.filter(path => /(^|\/)(requirements|pip_packages)[\w-]*\.txt$/.test(path))
  const all = [...usual.filter(path => tree.has(path)), ...others.filter(path => !usual.includes(path))]
  const project = /^dependencies\s*=/m.test(tree.text('pyproject.toml')) ? ['pyproject.toml'] : []
  const [chosen, ...left] = [...all, ...project]
  if (left.length > 0) notes.push(`of the files with packages ${chosen} was taken, not ${left.join(', ')}`)
  return chosen
}

function pythonOf(tree: ProjectTree): string | undefined {
  const wanted = /^requires-python\s*=\s*["'][^"'\n]*?>=\s*(3\.\d+)/m.exec(tree.text('pyproject.toml'))
  const pinned = /^(?:python-)?(3\.\d+)/m.exec(tree.text('.python-version') || tree.text('runtime.txt'))
  return (wanted ?? pinned)?.[1]
}

/** Looks for the files that name packages, and at what they name. */
export function findPackages(
  tree: ProjectTree,
  environment: string,
  database: FoundDatabase | undefined,
  notes: string[],
): FoundPackages {
  const file = fileOf(tree, environment, notes)
  const text = file === undefined ? '' : tree.text(file)
  if (file === undefined)
    notes.push('no file names the packages that are needed, such as deploy/pip_packages.txt')
  // files that it includes are not followed
  else if (!/^-r|^--requirement/m.test(text)) {
    if (!/\bdjango\b/i.test(text)) notes.push(`${file} does not name Django`)
    if (database && !DRIVERS[database.kind].test(text))
      notes.push(`${file} names no driver for ${database.kind}`)
  }
  return { file, python: pythonOf(tree), hasGunicorn: /^[^#\n]*\bgunicorn\b/im.test(text) }
}

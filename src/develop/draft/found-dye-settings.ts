import type { ProjectTree } from './project-tree.js'
import { readAssignments } from './python-assignments.js'
import type { PythonValue } from './python-value.js'

/** What DYE's `project_settings.py` says. */
export interface FoundDyeSettings {
  readonly project: string | undefined
  readonly repository: string | undefined
  readonly repositoryType: string | undefined
  readonly branch: string | undefined
  readonly hosts: readonly string[]
  readonly serverHome: string | undefined
}

const text = (value: PythonValue) => (typeof value === 'string' && value !== '' ? value : undefined)

/** A value, or that of the environment where each has its own. */
function forEnvironment(value: PythonValue, environment: string): PythonValue {
  return value instanceof Map ? value.get(environment) : value
}

/** Looks for what DYE was told about a project, which is read and not run. */
export function findDyeSettings(tree: ProjectTree, environment: string, notes: string[]): FoundDyeSettings {
  const file = tree.files.find(path => /(^|\/)project_settings\.py$/.test(path))
  const scope = new Map<string, PythonValue>()
  if (file !== undefined) readAssignments(tree.text(file), file, scope)
  const hosts = forEnvironment(scope.get('host_list'), environment)
  const tasks = tree.files.find(path => /(^|\/)localtasks\.py$/.test(path))
  const functions = [...tree.text(tasks ?? '').matchAll(/^def (\w+)/gm)].map(([, name]) => name)
  if (functions.length > 0) notes.push(`functions of ${tasks} have to become hooks: ${functions.join(', ')}`)
  return {
    project: text(scope.get('project_name')),
    repository: text(scope.get('repository')),
    repositoryType: text(scope.get('repo_type')),
    branch: text(forEnvironment(scope.get('default_branch'), environment)),
    hosts: Array.isArray(hosts) ? hosts.flatMap(host => text(host) ?? []) : [text(hosts) ?? []].flat(),
    serverHome: text(scope.get('server_home')),
  }
}

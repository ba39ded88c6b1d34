import { ciFiles } from './ci-files.js'
import { deployfile, deployfileTest } from './deployfile.js'
import { djangoFiles } from './django-files.js'
import { NODE_FILES } from './node-files.js'
import { readmeFile } from './readme-file.js'
import type { ResolvedScaffold } from './scaffold-options.js'
import { tasks } from './tasks.js'

/** All files of a new project: texts by paths, in the order of the paths. */
export function projectFiles(scaffold: ResolvedScaffold): ReadonlyMap<string, string> {
  const programs = Object.entries(tasks(scaffold)).map(([name, text]) => [`tasks/${name}`, text])
  const files: Readonly<Record<string, string>> = {
    ...NODE_FILES,
    ...djangoFiles(scaffold),
    ...ciFiles(scaffold),
    ...Object.fromEntries(programs),
    'README.md': readmeFile(scaffold),
    'deployfile.ts': deployfile(scaffold),
    'deployfile.test.ts': deployfileTest(scaffold),
  }
  return new Map(Object.entries(files).sort(([one], [other]) => (one < other ? -1 : 1)))
}

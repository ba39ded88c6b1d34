import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, normalize, relative, sep } from 'node:path'
import ts from 'typescript'

/** A source file, by its path below `src`, and what it imports: such paths, or names of packages. */
export interface SourceFile {
  readonly path: string
  readonly text: string
  readonly imports: readonly string[]
}

/** The files that a source text imports, static, type-only and dynamic; relative ones as paths below `src`. */
export function importsOf(path: string, text: string): string[] {
  return ts.preProcessFile(text).importedFiles.map(({ fileName: name }) => {
    if (!name.startsWith('.')) return name
    return normalize(join(dirname(path), name))
      .replace(/\.js$/, '.ts')
      .split(sep)
      .join('/')
  })
}

/** Reads all files below a directory. */
export async function readSources(directory: string): Promise<SourceFile[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return Promise.all(
    entries
      .filter(entry => entry.isFile())
      .map(async entry => {
        const file = join(entry.parentPath, entry.name)
        const path = relative(directory, file).split(sep).join('/')
        const text = await readFile(file, 'utf8')
        return { path, text, imports: importsOf(path, text) }
      }),
  )
}

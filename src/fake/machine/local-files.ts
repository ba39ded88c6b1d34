import { readdir, readFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { OptionError } from '../../errors/option-error.js'
import { Snapshot } from '../../source/snapshot.js'

const refused = (why: string) => new OptionError('directory', why)

/** The bytes of the files of a directory of this machine by their paths, without those that a `.gitignore` leaves out. */
export async function localFiles(directory: string): Promise<ReadonlyMap<string, string>> {
  const top = resolve(directory)
  const snapshot = await Snapshot.of(top, { ignored: [], included: [] }).catch(error => {
    throw refused(`${top} cannot be read: ${error.message}`)
  })
  try {
    const entries = await readdir(snapshot.directory, { recursive: true, withFileTypes: true })
    const paths = entries
      .filter(entry => !entry.isDirectory())
      .map(entry => relative(snapshot.directory, join(entry.parentPath, entry.name)))
    return new Map(
      await Promise.all(
        paths.sort().map(async path => {
          const bytes = await readFile(join(snapshot.directory, path)).catch(() => {
            throw refused(`${join(top, path)} is a link to what is no file in it`)
          })
          return [path, bytes.toString('latin1')] as const
        }),
      ),
    )
  } finally {
    await snapshot.remove()
  }
}

import { writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { OptionError } from '../../errors/option-error.js'
import { draftText } from './draft-text.js'
import { findDjango } from './found-django.js'
import { findDyeSettings } from './found-dye-settings.js'
import { findPackages } from './found-packages.js'
import { findSource } from './found-source.js'
import { findWebServer } from './found-web-server.js'
import { ProjectTree } from './project-tree.js'

/** Which project is looked at, and what its files do not say. */
export interface DraftOptions {
  /** The checkout. @defaultValue the working directory */
  readonly directory?: string
  /** @defaultValue what DYE's `project_settings.py` says, else the name of the repository, or of the directory */
  readonly project?: string
  /** The server. @defaultValue what DYE's `project_settings.py` says, else an example, and a note */
  readonly host?: string
  /** Which of the project's settings are looked at. @defaultValue `production` */
  readonly environment?: string
  /** The site's name, for a configuration that is made where the project has none. @defaultValue that of `ALLOWED_HOSTS` */
  readonly domain?: string
  /** True: it is written, as `deployfile.ts`, unless there is one. @defaultValue false */
  readonly write?: boolean
}

/** A deployfile for a project that there was. */
export interface DeployfileDraft {
  /** Its text, with the notes in a comment. */
  readonly text: string
  /** What could not be told for sure, or has to be changed; each is one line. */
  readonly notes: readonly string[]
}

const EXAMPLE = 'deploy@web1.example.org'

/** A name for a project, made out of another one. */
function plainName(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[^a-z]+/, '')
  return plain.slice(0, 32) || 'site'
}

/** One line, whatever was found in files. */
const oneLine = (note: string) => note.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')

/**
 * Drafts a deployfile for a Django project that there is, by looking at its files: `manage.py`, settings, requirements, the web server's
 * configuration, the repository, and what DYE was told. They are read as texts; nothing of the project is run.
 *
 * @returns the text, and what to look at before it is used
 * @throws {@link OptionError} when there is no Django project, or a deployfile that would be overwritten
 *
 * @example
 * ```ts
 * const { text, notes } = await draftDeployfile({ directory: '../carers', host: 'deploy@web1.example.org' })
 * ```
 */
export async function draftDeployfile(options: DraftOptions = {}): Promise<DeployfileDraft> {
  const { environment = 'production', write = false } = options
  const directory = resolve(options.directory ?? '.')
  const file = join(directory, 'deployfile.ts')
  const tree = await ProjectTree.of(directory).catch((error: Error) => {
    throw new OptionError('directory', `${directory} cannot be read: ${error.message}`)
  })
  const found: string[] = []
  const django = findDjango(tree, environment, found)
  if (!django) {
    throw new OptionError(
      'directory',
      `${directory} has no manage.py of Django`,
      'name the directory of the checkout.',
    )
  }
  const dye = findDyeSettings(tree, environment, found)
  const source = findSource(tree, dye, found)
  const project = plainName(options.project ?? dye.project ?? source.name ?? basename(directory))
  const hosts = options.host === undefined ? dye.hosts : [options.host]
  if (hosts.length === 0) found.push(`${EXAMPLE} is an example: name your server`)
  const webServer = findWebServer(tree, { project, environment }, found)
  const domain = options.domain ?? django.domain
  if (!webServer) {
    found.push(
      domain === undefined
        ? 'no configuration of Apache or nginx was found, and no name to make one for'
        : `the site ${domain} comes by http until it gets .certificate(chain, key)`,
    )
  }
  const packages = findPackages(tree, environment, django.database, found)
  if (webServer?.asksServer && !packages.hasGunicorn)
    found.push(`no packages name gunicorn, which ${webServer.file} may want`)
  const draft = {
    project,
    environment,
    hosts: hosts.length > 0 ? hosts : [EXAMPLE],
    django,
    packages,
    source,
    webServer,
  }
  const notes = found.map(oneLine)
  const text = draftText({ ...draft, domain, serverHome: dye.serverHome ?? '/var/django' }, notes)
  if (write) await writeNew(file, text)
  return { text, notes }
}

async function writeNew(file: string, text: string): Promise<void> {
  await writeFile(file, text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST')
      throw new OptionError('write', `there is ${file} already`, 'move it away first.')
    throw error
  })
}

import { posix } from 'node:path'
import { script } from '../../command/script.js'
import { OptionError } from '../../errors/option-error.js'
import type { Host } from '../../host/host.js'
import type {
  TransferOptions,
  TransferProgress,
  TransferResult,
} from '../../host/transfer/transfer-options.js'
import { layoutOf, withOwnSession } from '../on-each.js'
import { checkProduction, type LiveOptions, type ProductionOptions, primaryOf } from './live.js'

/** What is brought from a server, or to it. */
export interface UploadsOptions
  extends LiveOptions,
    ProductionOptions,
    Pick<TransferOptions, 'delete' | 'exclude'> {
  /** Which of the directories that releases share. @defaultValue all of them */
  readonly paths?: readonly string[]
  /** The checkout. @defaultValue the working directory */
  readonly directory?: string
  /** Gets to know how far it is. */
  readonly onProgress?: (progress: TransferProgress & { readonly path: string }) => void
}

/** What was brought of one directory. */
export interface UploadsResult extends TransferResult {
  readonly path: string
}

function pathsOf({ paths, release }: UploadsOptions): readonly string[] {
  const shared = (release?.shared ?? []).flatMap(({ path, kind }) => (kind === 'directory' ? path : []))
  const unknown = paths?.find(path => !shared.includes(posix.normalize(path)))
  if (unknown !== undefined) {
    throw new OptionError(
      'paths',
      `releases do not share ${unknown}`,
      `they share ${shared.join(', ') || 'none'}.`,
    )
  }
  if (shared.length > 0) return paths?.map(path => posix.normalize(path)) ?? shared
  throw new OptionError('release', 'releases share no directories', "say which: .share('uploads').")
}

type Transfer = (host: Host, there: string, here: string, options: TransferOptions) => Promise<TransferResult>

async function each(options: UploadsOptions, transfer: Transfer): Promise<readonly UploadsResult[]> {
  const { onProgress, signal, exclude } = options
  const paths = pathsOf(options)
  const { shared } = layoutOf(options)
  const results: UploadsResult[] = []
  await withOwnSession(primaryOf(options), async host => {
    for (const path of paths) {
      const how: TransferOptions = {
        ...(signal && { signal }),
        ...(exclude && { exclude }),
        ...(options.delete && { delete: true }),
        ...(onProgress && { onProgress: progress => onProgress({ ...progress, path }) }),
      }
      const here = posix.resolve(options.directory ?? '.', path)
      results.push({ path, ...(await transfer(host, posix.join(shared, path), here, how)) })
    }
  })
  return results
}

/** The host, as the user who owns what is uploaded there. */
async function asOwner(host: Host, { application }: LiveOptions): Promise<Host> {
  const command = application?.userCommand
  if (!command) return host
  const user = await host.perform(script([command], ([{ stdout }]) => stdout))
  return host.as(user)
}

/**
 * Brings the uploads of a site into a checkout: the directories that its releases share. Only what is not there yet
 * comes; what is only here stays, unless `delete` says otherwise.
 *
 * @throws {@link OptionError} for a directory that releases do not share
 * @throws {@link TransferError} when it cannot be done
 * @example
 * ```ts
 * await pullUploads({ ...options, onProgress: ({ files, totalFiles }) => console.log(files, totalFiles) })
 * ```
 */
export function pullUploads(options: UploadsOptions): Promise<readonly UploadsResult[]> {
  return each(options, (host, there, here, how) => host.download(there, here, how))
}

/**
 * Brings the uploads of a checkout to a server, owned by the user that the application runs as. Only what is not there
 * yet comes; what is only there stays, unless `delete` says otherwise.
 *
 * @throws {@link OptionError} with `delete` for production, unless allowed apart
 * @throws {@link TransferError} when it cannot be done
 */
export function pushUploads(options: UploadsOptions): Promise<readonly UploadsResult[]> {
  if (options.delete) checkProduction(options, 'deleting uploads')
  return each(options, async (host, there, here, how) => {
    const owner = await asOwner(host, options)
    return owner.upload(here, there, how)
  })
}

import { chmod, mkdir, readdir, realpath, rename, rm, stat, utimes } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { BESIDE, newName } from '../files/file-path.js'
import { failure, type Transfer } from './transfer.js'
import { Tree, type TreeEntry, walk } from './tree.js'
import type { TreePlan } from './tree-plan.js'

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Removes what transfers of processes that are dead have left in a directory. */
async function sweep(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const pid = name.startsWith(BESIDE.download) && /-(\d+)-[0-9a-f]{16}$/.exec(name)?.[1]
    if (pid && !isAlive(Number(pid))) await rm(join(directory, name), { recursive: true, force: true })
  }
}

/** A new path in a directory of this machine, for what is written beside. */
export async function localBeside(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true })
  await sweep(directory)
  return join(directory, newName('download').replace(BESIDE.download, `${BESIDE.download}${process.pid}-`))
}

/** Sets mode and time of a file or directory of this machine. */
export async function adjustLocally(file: string, { mode, mtime }: Pick<TreeEntry, 'mode' | 'mtime'>) {
  await chmod(file, mode)
  await utimes(file, mtime, mtime)
}

/** Lets a directory be changed and moved by its owner. Its mode is set at the end. */
async function unseal(directory: string): Promise<void> {
  const { mode } = await stat(directory)
  if ((mode & 0o700) !== 0o700) await chmod(directory, (mode & 0o7777) | 0o700)
}

/** A directory on this machine that a tree arrives in: beside the target, or in it if the target is there. */
export class LocalStaging {
  private constructor(
    private readonly home: string,
    private readonly final: string,
    /** Absolute; what arrives goes here. */
    readonly path: string,
    readonly before: Tree,
  ) {}

  static async open(transfer: Transfer): Promise<LocalStaging> {
    const target = resolve(transfer.local)
    const there = await stat(target).catch(() => undefined)
    if (there && !there.isDirectory()) {
      throw failure(transfer, 'TRANSFER_REFUSED', { why: `${target} exists and is not a directory` })
    }
    const home = await localBeside(there ? target : dirname(target))
    await mkdir(home, { mode: 0o700 })
    const before = there
      ? await walk(target, transfer.exclusion, 'target')
      : new Tree(transfer.exclusion, 'target')
    const final = there ? await realpath(target) : target
    await mkdir(join(home, 'tree'))
    return new LocalStaging(home, final, join(home, 'tree'), before)
  }

  /** Puts in place what has arrived, by renaming. */
  async commit({ remove, whole, into, adjust }: TreePlan): Promise<void> {
    for (const path of remove) await rm(join(this.final, path), { recursive: true, force: true })
    for (const path of into) await unseal(join(this.final, path))
    for (const path of whole) {
      await unseal(join(this.path, path))
      await rename(join(this.path, path), join(this.final, path))
    }
    for (const path of into) {
      const found = await readdir(join(this.path, path), { withFileTypes: true }).catch(() => [])
      for (const entry of found) {
        if (entry.isDirectory()) continue
        await rename(join(this.path, path, entry.name), join(this.final, path, entry.name))
      }
    }
    await this.remove() // it changes the time of the directory that it is in
    for (const entry of adjust) await adjustLocally(join(this.final, entry.path), entry)
  }

  async remove(): Promise<void> {
    await rm(this.home, { recursive: true, force: true })
  }
}

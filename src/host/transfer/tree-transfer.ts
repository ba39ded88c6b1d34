import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { LocalStaging } from './local-staging.js'
import { RemoteStaging } from './remote-staging.js'
import { rsync } from './rsync.js'
import { receiveSftp, sendSftp, withSftp } from './sftp.js'
import { receiveTar } from './tar-download.js'
import { sendTar } from './tar-upload.js'
import { checkPlan, type Transfer } from './transfer.js'
import { TransferMeter } from './transfer-meter.js'
import type { TransferResult } from './transfer-options.js'
import type { Tree, TreeEntry } from './tree.js'
import { planOf, type TreePlan } from './tree-plan.js'

/** How the content of a tree comes. */
export type TreeWay = 'rsync' | 'tar' | 'sftp'

function meterOf({ options }: Transfer, entries: Iterable<TreeEntry>): TransferMeter {
  const files = [...entries].filter(({ type }) => type === 'file')
  const totalBytes = files.reduce((sum, { size }) => sum + size, 0)
  return new TransferMeter(options.onProgress, { totalFiles: files.length, totalBytes })
}

function resultOf(via: TreeWay, { files, bytes, skipped }: Tree, changed: number): Partial<TransferResult> {
  return { via, files, bytes, skipped, changed }
}

/** What remains to be done after rsync: a new tree is put in place, one that was there gets its time back. */
function afterRsync(source: Tree, target: Tree): TreePlan {
  const top = source.entries.get('')
  const plan = { ...planOf(source, target, false), remove: [], into: [] }
  return target.entries.size === 0 ? plan : { ...plan, whole: [], adjust: top ? [top] : [] }
}

/** Sends a local tree: rsync into the target itself if that is there, all else into a directory beside. */
export async function sendTree(
  transfer: Transfer,
  source: Tree,
  via: TreeWay,
): Promise<Partial<TransferResult>> {
  const staging = await RemoteStaging.open(transfer, 'tree', via !== 'rsync')
  try {
    const plan = planOf(source, staging.before, transfer.options.delete ?? false)
    const isThere = staging.before.entries.size > 0
    let changed = plan.send.filter(({ type }) => type === 'file').length
    const meter = meterOf(transfer, via === 'rsync' ? source.entries.values() : plan.send)
    if (via === 'rsync') {
      const remote = isThere ? staging.target : staging.path
      changed = await rsync(transfer, { local: transfer.local, remote }, source.skipped, meter)
      await staging.commit(afterRsync(source, staging.before))
    } else {
      checkPlan(transfer, plan)
      if (plan.send.length > 0) {
        if (via === 'tar') await sendTar(transfer, plan.send, staging.path, meter)
        else {
          await withSftp(transfer, channel => sendSftp(transfer, plan.send, staging.path, meter, channel))
        }
      }
      await staging.commit(plan)
    }
    meter.tell()
    return resultOf(via, source, changed)
  } catch (error) {
    await staging.abandon()
    throw error
  }
}

/** Gets a tree of the host: rsync into the target itself if that is there, all else into a directory beside. */
export async function receiveTree(
  transfer: Transfer,
  source: Tree,
  absolute: string,
  via: TreeWay,
): Promise<Partial<TransferResult>> {
  const staging = await LocalStaging.open(transfer)
  try {
    const isThere = staging.before.entries.size > 0
    const plan = planOf(source, staging.before, transfer.options.delete ?? false)
    let changed = plan.send.filter(({ type }) => type === 'file').length
    const meter = meterOf(transfer, via === 'rsync' ? source.entries.values() : plan.send)
    if (via === 'rsync') {
      const local = isThere ? resolve(transfer.local) : staging.path
      changed = await rsync(transfer, { local, remote: absolute }, source.skipped, meter)
      await staging.commit(afterRsync(source, staging.before))
    } else {
      checkPlan(transfer, plan)
      await mkdir(staging.path, { recursive: true })
      if (via === 'tar') await receiveTar(transfer, plan.send, absolute, staging.path, meter)
      else {
        const { send } = plan
        await withSftp(transfer, channel =>
          receiveSftp(transfer, send, absolute, staging.path, meter, channel),
        )
      }
      transfer.stop.throwIfAborted()
      await staging.commit(plan)
    }
    meter.tell()
    return resultOf(via, source, changed)
  } finally {
    await staging.remove()
  }
}

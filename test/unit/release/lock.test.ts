import { mkdir, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { LockError } from '../../../src/errors/lock-error.js'
import { Layout } from '../../../src/release/layout.js'
import { acquireLock, ownerNow, releaseLock } from '../../../src/release/lock.js'
import { localPlace } from '../../support/temporary.js'

describe('the lock of a project', () => {
  const place = localPlace()
  const layout = async (name: string) => {
    const made = new Layout(`${place.directory}/${name}`)
    await mkdir(made.state, { recursive: true })
    return made
  }

  it('is held by one, who is named to the others', async () => {
    const [one, other] = [place.host.ownSession(), place.host.ownSession()]
    const project = await layout('one')
    await one.perform(acquireLock(project, ownerNow('rollback')))
    const refused = await other
      .perform(acquireLock(project, ownerNow('deploy')))
      .catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(LockError)
    expect(refused).toMatchObject({ code: 'LOCKED', owner: { pid: process.pid, action: 'rollback' } })
    expect(String(refused)).toContain(`process ${process.pid}`)
    await one.perform(releaseLock(project))
    await other.perform(acquireLock(project, ownerNow('deploy')))
    await Promise.all([one.closeSession(), other.closeSession()])
  })

  it('is free when the session of its owner ends', async () => {
    const [one, other] = [place.host.ownSession(), place.host.ownSession()]
    const project = await layout('two')
    await one.perform(acquireLock(project, ownerNow('deploy')))
    await one.closeSession()
    await other.perform(acquireLock(project, ownerNow('deploy')))
    await other.closeSession()
  })

  it.each(['', '{', 'null', '"text"'])('does not mind details that say %j', async details => {
    const [one, other] = [place.host.ownSession(), place.host.ownSession()]
    const project = await layout('three')
    await one.perform(acquireLock(project, ownerNow('deploy')))
    await writeFile(`${project.lock}.json`, details)
    await expect(other.perform(acquireLock(project, ownerNow('deploy')))).rejects.toMatchObject({
      code: 'LOCKED',
    })
    await Promise.all([one.closeSession(), other.closeSession()])
  })
})

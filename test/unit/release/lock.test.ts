import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ask } from '../../../src/command/command.js'
import { LockError } from '../../../src/errors/lock-error.js'
import { Layout } from '../../../src/release/layout.js'
import {
  acquireLock,
  closeDeploys,
  lookAtLock,
  openDeploys,
  ownerNow,
  releaseLock,
} from '../../../src/release/lock.js'
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

  it('names one who has only just taken it, and has not said so yet', async () => {
    const [one, other] = [place.host.ownSession(), place.host.ownSession()]
    const project = await layout('just')
    const [take, say] = acquireLock(project, ownerNow('rollback')).commands
    await one.send([take ?? ask`:`])
    const refused = other.perform(acquireLock(project, ownerNow('deploy'))).catch((error: unknown) => error)
    await pause(300)
    await one.send([say ?? ask`:`])
    expect(await refused).toMatchObject({ code: 'LOCKED', owner: { action: 'rollback' } })
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

  it('is waited for, as long as was said', async () => {
    const [one, other] = [place.host.ownSession(), place.host.ownSession()]
    const project = await layout('four')
    await one.perform(acquireLock(project, ownerNow('deploy', 'urgent fix')))
    const impatient = await other
      .perform(acquireLock(project, ownerNow('deploy'), 1))
      .catch((error: unknown) => error)
    expect(impatient).toMatchObject({ code: 'LOCKED', owner: { message: 'urgent fix' } })
    expect(String(impatient)).toContain('urgent fix')
    const said: string[] = []
    const waiting = other.send(acquireLock(project, ownerNow('deploy'), 60).commands, {
      onOutput: (_, chunk) => said.push(chunk.toString()),
    })
    await expect.poll(() => said.join('')).toMatch(/^waiting for the lock, which \S+@\S+ holds\n$/)
    await one.perform(releaseLock(project))
    await waiting
    expect(await one.perform(lookAtLock(project))).toMatchObject({ held: { action: 'deploy' } })
    await Promise.all([one.closeSession(), other.closeSession()])
    expect(await place.host.perform(lookAtLock(project))).toEqual({ held: undefined, closed: undefined })
  })

  it('is not taken, nor waited for, while deploys are forbidden; one under way goes on', async () => {
    const [one, other] = [place.host.ownSession(), place.host.ownSession()]
    const project = await layout('five')
    await one.perform(acquireLock(project, ownerNow('deploy')))
    const waiting = other
      .perform(acquireLock(project, ownerNow('deploy'), 600))
      .catch((error: unknown) => error)
    await place.host.perform(closeDeploys(project, ownerNow('lock', 'closed for the fair')))
    const stopped = await waiting
    expect(stopped).toMatchObject({ code: 'CLOSED', owner: { message: 'closed for the fair' } })
    expect(String(stopped)).toContain('closed for the fair')
    await one.perform(releaseLock(project))
    await expect(other.perform(acquireLock(project, ownerNow('deploy'), 600))).rejects.toMatchObject({
      code: 'CLOSED',
    })
    expect(await place.host.perform(lookAtLock(project))).toMatchObject({ closed: { action: 'lock' } })
    await place.host.perform(openDeploys(project))
    await other.perform(acquireLock(project, ownerNow('deploy')))
    await Promise.all([one.closeSession(), other.closeSession()])
  })

  it('is forbidden by one only, who is named to the others', async () => {
    const project = await layout('six')
    const sessions = Array.from({ length: 5 }, () => place.host.ownSession())
    const said = await Promise.allSettled(
      sessions.map((session, index) =>
        session.perform(closeDeploys(project, ownerNow('lock', `by ${index}`))),
      ),
    )
    expect(said.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const winner = said.findIndex(({ status }) => status === 'fulfilled')
    for (const each of said) {
      if (each.status === 'rejected')
        expect(each.reason).toMatchObject({ owner: { message: `by ${winner}` } })
    }
    expect((await readdir(project.state)).filter(name => name.startsWith('closed'))).toEqual(['closed.json'])
    await Promise.all(sessions.map(session => session.closeSession()))
  })

  it('is given back by its owner only', async () => {
    const [one, other] = [place.host.ownSession(), place.host.ownSession()]
    const project = await layout('seven')
    await one.perform(acquireLock(project, ownerNow('deploy', 'mine')))
    await other.perform(releaseLock(project))
    expect(await other.perform(lookAtLock(project))).toMatchObject({ held: { message: 'mine' } })
    await Promise.all([one.closeSession(), other.closeSession()])
  })
})

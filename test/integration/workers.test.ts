import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DeployOptions, deploy, type Host, rollback, Worker } from 'dye-deploy'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { carers, page, REPOSITORY, sshHost } from '../support/carers.js'
import { needsTestServer } from '../support/needs.js'
import { ProjectRepository } from '../support/project-repository.js'
import { TestServer } from '../support/test-server.js'

/** Celery with a task that takes its time, and says which version it is of. */
const queueOf = (version: string) => `import time
from celery import Celery

app = Celery('queue_of_carers', broker='redis://127.0.0.1:6379/0')
app.conf.beat_schedule = {'tick': {'task': 'tick', 'schedule': 1.0}}


def note(text):
    with open('/tmp/worker.log', 'a') as log:
        log.write(text + '\\n')


@app.task(name='slow')
def slow():
    note('begun ${version}')
    time.sleep(6)
    note('ended ${version}')


@app.task(name='tick')
def tick():
    note('tick ${version}')
`

const COMMAND = `import time
from django.core.management.base import BaseCommand

class Command(BaseCommand):
    def handle(self, **options):
        while True:
            time.sleep(1)
`

needsTestServer('workers', () => {
  let directory: string
  let server: TestServer
  let host: Host

  const options = (tag: string, more: Partial<DeployOptions> = {}) =>
    carers(host, tag, {
      processes: [
        Worker.celery('queue_of_carers', { arguments: ['--concurrency', '1'] }),
        Worker.celeryBeat('queue_of_carers'),
        Worker.manage('watch'),
      ],
      ...more,
    })

  const log = async () => (await server.exec('cat /tmp/worker.log 2>/dev/null || :')).stdout

  const running = async (what: string) => {
    const listed = `systemctl list-units --plain --no-legend --state=active 'carers-${what}@*' | cut -d' ' -f1`
    return (await server.exec(listed)).stdout.split('\n').filter(line => line !== '')
  }

  const allRunning = async () => [
    (await running('celery')).length,
    (await running('celery-beat')).length,
    (await running('watch')).length,
  ]

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-workers-'))
    server = await TestServer.start({ with: ['apache2', 'mariadb'] })
    host = sshHost(server)
    await server.exec('systemctl start redis-server')
    const repository = await ProjectRepository.create(join(directory, 'project'))
    for (const version of ['w1', 'w2']) {
      await repository.commit(version, {
        'django/website/queue_of_carers.py': queueOf(version),
        'django/website/visits/management/commands/watch.py': COMMAND,
      })
    }
    await repository.commit('broken', {
      'django/website/queue_of_carers.py': 'import nothing_of_that_name\n',
    })
    await repository.pushTo(server, REPOSITORY)
  })

  afterAll(async () => {
    await host?.close()
    await server?.stop()
    if (directory) await rm(directory, { recursive: true })
  })

  it('run once the release is live', async () => {
    const result = await deploy(options('w1'))
    expect(result.error).toBeUndefined()
    expect(await allRunning()).toEqual([1, 1, 1])
    await expect.poll(log, { timeout: 10_000 }).toContain('tick w1')
  })

  it('finish what they have begun in their own release, while those of the new one have taken over', async () => {
    await server.exec(
      `cd /var/django/carers/dev/django/website && su deploy -c '.ve/bin/python -m celery -A queue_of_carers call slow'`,
    )
    await expect.poll(log, { timeout: 10_000 }).toContain('begun w1')
    const result = await deploy(options('w2'))
    expect(result.error).toBeUndefined()
    await expect.poll(log, { timeout: 20_000 }).toContain('ended w1')
    await expect.poll(log, { timeout: 10_000 }).toContain('tick w2')
    await expect.poll(allRunning, { timeout: 20_000 }).toEqual([1, 1, 1])
    await server.exec('rm /tmp/worker.log') // both of them took some while the deploy went on
    await expect.poll(log, { timeout: 10_000 }).toContain('tick w2')
    expect(await log()).not.toContain('w1')
  })

  it('go back to the old release, all of them, when one of the new one does not come up', async () => {
    const before = [await running('celery'), await running('celery-beat'), await running('watch')]
    const result = await deploy(options('broken'))
    expect(result.outcome).toBe('rolled-back')
    expect(result.error?.message).toMatch(/Could not run celery on [\s\S]*nothing_of_that_name/)
    expect([await running('celery'), await running('celery-beat'), await running('watch')]).toEqual(before)
    expect(await page(server)).toContain('carers version 1')
  })

  it('go back with a rollback', async () => {
    const result = await rollback(options('w2'))
    expect(result.error).toBeUndefined()
    await server.exec('rm /tmp/worker.log')
    await expect.poll(log, { timeout: 10_000 }).toContain('tick w1')
    expect(await log()).not.toContain('w2')
    await expect.poll(allRunning, { timeout: 20_000 }).toEqual([1, 1, 1])
  })
})

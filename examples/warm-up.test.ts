// warm-up.test.ts
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Host } from 'dye-deploy'
import { FakeHost } from 'dye-deploy/testing'

const warmUp = (host: Host) => host.run`systemctl start ${'warm-up.service'}`

test('warms up', async () => {
  const host = new FakeHost().answer('systemctl start warm-up.service', '')
  await warmUp(host)
  assert.deepEqual(host.transcript, ['systemctl start warm-up.service'])
})

import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { Host } from '../../src/host/host.js'

/** A directory and this machine as a host, for all tests of a suite; gone afterwards. */
export function localPlace(): { readonly directory: string; readonly host: Host } {
  const place = { directory: '', host: Host.local() }
  beforeAll(async () => {
    place.directory = await realpath(await mkdtemp(join(tmpdir(), 'dye-unit-')))
  })
  afterAll(async () => {
    await place.host.close()
    await rm(place.directory, { recursive: true, force: true })
  })
  return place
}

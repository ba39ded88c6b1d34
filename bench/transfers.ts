import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Host } from 'dye-deploy'
import { TestServer } from '../test/support/test-server.js'
import { printTable, ratio, Series } from './measure.js'
import { sshOptions, timed } from './site.js'

const FILES = 10_000
const DIRECTORIES = 100
const BIG_MIB = 500
const REMOTE = '/var/tmp/bench'

/** What is uploaded: a directory with many small files, and one big file. Nothing in them can be compressed. */
async function makeFiles(directory: string): Promise<{ many: string; big: string }> {
  const [many, big] = [join(directory, 'many'), join(directory, 'big')]
  for (let index = 0; index < DIRECTORIES; index += 1) {
    const below = join(many, `d${index}`)
    await mkdir(below, { recursive: true })
    for (let file = 0; file < FILES / DIRECTORIES; file += 1) {
      await writeFile(join(below, `f${file}`), randomBytes(200 + ((file * 97) % 4000)))
    }
  }
  const mebibytes = Readable.from(
    (function* () {
      for (let index = 0; index < BIG_MIB; index += 1) yield randomBytes(1 << 20)
    })(),
  )
  await pipeline(mebibytes, createWriteStream(big))
  return { many, big }
}

/** A sum over all files at a place, which shows that what arrived is whole. */
const sumOf = (place: string) =>
  `cd '${place}' 2>/dev/null && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 cat | cksum || cksum <'${place}'`

/** Compares uploads to an empty place, a new connection each time. */
export async function benchTransfers(runs: number): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'dye-bench-'))
  const server = await TestServer.start({ size: '3g' })
  try {
    const files = await makeFiles(directory)
    const ssh = sshOptions(server)
    const to = `deploy@${server.address}`
    const { identityFile, knownHosts } = server
    const upload = async (path: string) => {
      await using host = Host.ssh(to, { identityFile, knownHosts })
      await host.upload(path, REMOTE)
    }
    const ways = new Map<string, (path: string) => Promise<unknown>>([
      [
        'rsync',
        path =>
          timed('rsync', [
            '-a',
            '-e',
            `ssh ${ssh.join(' ')}`,
            path === files.many ? `${path}/` : path,
            `${to}:${REMOTE}`,
          ]),
      ],
      ['scp', path => timed('scp', ['-q', '-r', ...ssh, path, `${to}:${REMOTE}`])],
      ['host.upload', upload],
    ])
    const rows: string[][] = [['round trip', 'what', 'how', 'median (range)', 'ratio to rsync']]
    for (const roundTripMs of [0, 25]) {
      if (roundTripMs > 0) await server.delay(roundTripMs / 2)
      for (const [what, path] of Object.entries(files)) {
        const { stdout: wanted } = await timed('sh', ['-c', sumOf(path)])
        const series = new Map([...ways.keys()].map(way => [way, new Series()]))
        for (let run = 0; run < runs; run += 1) {
          for (const [way, transfer] of ways) {
            // scp waits for several answers for each file: some minutes, which are nobody's measure
            if (way === 'scp' && what === 'many' && roundTripMs > 0) continue
            await server.exec(`rm -rf ${REMOTE}`)
            const begun = performance.now()
            await transfer(path)
            series.get(way)?.add(performance.now() - begun)
            const { stdout: there } = await server.exec(sumOf(REMOTE))
            if (there !== wanted) throw new Error(`${way} of ${what}: ${there} instead of ${wanted}`)
          }
        }
        for (const [way, times] of series) {
          if (times.values.length === 0) continue
          const title = what === 'many' ? `${FILES} small files` : `a file of ${BIG_MIB} MiB`
          rows.push([
            `${roundTripMs} ms`,
            title,
            way,
            times.seconds,
            ratio(times, series.get('rsync') ?? times),
          ])
        }
      }
    }
    printTable(rows)
  } finally {
    await server.stop()
    await rm(directory, { recursive: true, force: true })
  }
}

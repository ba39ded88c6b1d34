import { randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { StreamOptions, StreamStart } from '../command/shell.js'
import type { HostProcess, ProcessStarter } from './connection.js'

/** Start-up files print less than this before a shell does what it is told. */
const MOST_NOISE = 1024 * 1024

/**
 * Starts a process for data that streams. When it is returned, its script has been sent, and what comes from its
 * standard output is the command's alone: what start-up files have printed is taken away.
 */
export async function startStream(
  starter: ProcessStarter,
  makeStart: (options: StreamOptions) => StreamStart,
): Promise<HostProcess> {
  const greeting = `\x1e${randomBytes(12).toString('hex')}`
  const { line, script } = makeStart({ greeting, sudoPassword: starter.sudo?.known })
  const started = await starter.spawn(line)
  started.stdin.write(script)
  await Promise.race([greeted(started.stdout, `${greeting}\n`), started.ended])
  return started
}

/** Reads a stream up to a text, and leaves it there. */
function greeted(stream: Readable, greeting: string): Promise<void> {
  let heard: Buffer = Buffer.alloc(0)
  return new Promise(resolve => {
    const done = () => {
      stream.off('readable', listen)
      stream.off('end', done)
      stream.off('close', done)
      resolve()
    }
    const listen = () => {
      for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) {
        heard = Buffer.concat([heard, chunk])
        const at = heard.indexOf(greeting)
        if (at < 0 && heard.length < MOST_NOISE) continue
        const rest = heard.subarray(at < 0 ? 0 : at + greeting.length)
        done()
        if (rest.length > 0) stream.unshift(rest)
        return
      }
    }
    stream.on('readable', listen)
    stream.once('end', done)
    stream.once('close', done)
  })
}

import { hostname } from 'node:os'
import type { Connection, HostProcess, Shell } from './connection.js'
import type { LocalOptions } from './host-options.js'
import { Session } from './session.js'
import { SudoPassword } from './sudo.js'

/** What may keep a program from ending. */
interface Handle {
  ref?(): unknown
  unref?(): unknown
}

/** This machine: processes of our own, in process groups of their own. */
export class LocalConnection implements Connection {
  readonly name = `local (${hostname()})`
  readonly connects = 0
  readonly sudo: SudoPassword | undefined

  constructor({ sudoPassword }: LocalOptions = {}) {
    this.sudo = sudoPassword === undefined ? undefined : new SudoPassword(sudoPassword)
  }

  async spawn(line: string): Promise<HostProcess> {
    const { execa } = await import('execa') // a deploy over SSH does without it
    const child = execa('/bin/sh', ['-c', line], {
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'pipe',
      buffer: false,
      detached: true,
      cleanup: false,
      reject: false,
    })
    child.stdin.on('error', () => {}) // EPIPE: `ended` tells that the process is gone
    return {
      stdin: child.stdin,
      stdout: child.stdout,
      stderr: child.stderr,
      exited: new Promise(resolve => {
        child.once('exit', (code, signal) =>
          resolve({ exitCode: code ?? undefined, signal: signal ?? undefined }),
        )
        void child.then(({ exitCode, signal }) => resolve({ exitCode, signal })) // it could not be started
      }),
      ended: child.then(({ exitCode, signal }) => ({ exitCode, signal })),
      abandon: () => {
        for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
      },
      hold: on => {
        const handles: readonly object[] = [child, child.stdin, child.stdout, child.stderr]
        for (const handle of handles as readonly Handle[]) on ? handle.ref?.() : handle.unref?.()
      },
    }
  }

  openShell(): Promise<Shell> {
    return Session.open(this)
  }

  async close(): Promise<void> {}
}

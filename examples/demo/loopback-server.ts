import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ConfigurationTest, Layout, Script, SitePlace, WebServer } from 'dye-deploy'
import { ask, change, healthCheck, script } from 'dye-deploy'

const PROGRAM = fileURLToPath(new URL('serve.py', import.meta.url))

/** A web server of one's own, for sites of this machine on a loopback port: `serve.py`. Needs no root. */
export class LoopbackServer implements WebServer, AsyncDisposable {
  private constructor(
    readonly url: string,
    private readonly program: ChildProcess,
    private readonly log: string,
  ) {}

  /** Starts it; it serves nothing until its first reload, and ends when this process does. */
  static async start({ state, live, maintenance }: Layout, log: string): Promise<LoopbackServer> {
    const program = spawn('python3', [PROGRAM, state, live, maintenance], {
      stdio: ['pipe', 'pipe', openSync(log, 'a')],
      detached: true, // Ctrl-C is for us: it has to serve until we have gone back
    })
    const [port] = await Promise.race([once(program.stdout ?? program, 'data'), once(program, 'exit')])
    if (!Buffer.isBuffer(port)) throw new Error(`serve.py did not start: see ${log}`)
    return new LoopbackServer(`http://127.0.0.1:${String(port).trim()}/`, program, log)
  }

  get title(): string {
    return `the demo's server at ${this.url}`
  }

  /** It has no configuration. */
  testConfiguration(): Script<ConfigurationTest> {
    return script([], () => ({ changed: false }))
  }

  /** Returns once it serves what the live link points at. */
  reload({ state, live }: SitePlace) {
    const served = `${state}/loopback.served`
    return change`
      pid=$(cat -- ${`${state}/loopback.pid`}) && wanted=$(readlink -- ${live} || echo nothing) || exit 1
      wanted=$(basename -- "$wanted"); rm -f -- ${served} && kill -s HUP -- "$pid" || exit 1
      while kill -0 "$pid"; do
        case $(cat -- ${served} 2>/dev/null) in "$wanted") exit 0;; "failed $wanted") break;; esac
        sleep 0.05
      done
      tail -n 8 -- ${this.log} >&2; exit 1`
  }

  checkHealth({ state }: SitePlace): Script<string> {
    const headerFile = `${state}/check-header`
    return healthCheck({
      url: ask`echo ${this.url}`,
      headerFile,
      options: { seconds: 20 },
      logTail: ask`tail -n 8 -- ${this.log}`,
    })
  }

  /** Ends it, and returns when it has finished what it had begun. */
  async [Symbol.asyncDispose](): Promise<void> {
    const ended = this.program.exitCode ?? this.program.signalCode
    if (ended === null) await Promise.all([once(this.program, 'exit'), this.program.stdin?.end()])
  }
}

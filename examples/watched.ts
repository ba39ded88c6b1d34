// watched.ts
import type { ServerResponse } from 'node:http'
import { Writable } from 'node:stream'
import { Deployment, type DeployOptions, jsonLines } from 'dye-deploy'

/** A deploy that browsers watch by server-sent events: who comes later gets what was before, too. */
export class Watched {
  readonly #told: string[] = []
  readonly #watchers = new Set<ServerResponse>()
  readonly #stopping = new AbortController()
  isOver = false

  constructor(options: DeployOptions) {
    const lines = new Writable({
      write: (line, _, done) => {
        this.#told.push(`data: ${line}\n`)
        for (const watcher of this.#watchers) watcher.write(`data: ${line}\n`)
        done()
      },
    })
    const { signal } = this.#stopping
    const { result } = new Deployment({ ...options, signal, onEvent: jsonLines(lines) }).start()
    void result.finally(() => {
      this.isOver = true
      for (const watcher of this.#watchers) watcher.end()
    })
  }

  watch(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write(this.#told.join(''))
    if (this.isOver) response.end()
    else this.#watchers.add(response.on('close', () => this.#watchers.delete(response)))
  }

  cancel(): void {
    this.#stopping.abort()
  }
}

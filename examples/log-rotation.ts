// log-rotation.ts
import type { Host } from 'dye-deploy'

interface Settings {
  readonly logs: string
  readonly keep: number
  readonly directory: string
}

/** How logrotate keeps the log files of a site. */
export class LogRotation {
  private constructor(private readonly settings: Settings) {}

  static of(logs: string): LogRotation {
    return new LogRotation({ logs, keep: 14, directory: '/etc/logrotate.d' })
  }

  /** Days. */
  keep(keep: number): LogRotation {
    return new LogRotation({ ...this.settings, keep })
  }

  in(directory: string): LogRotation {
    return new LogRotation({ ...this.settings, directory })
  }

  /** Writes the configuration if it is not as it should be. */
  async ensure(host: Host, name: string): Promise<{ readonly changed: boolean; readonly reason: string }> {
    const { logs, keep, directory } = this.settings
    const file = `${directory}/${name}`
    const wanted = `"${logs}" {\n  daily\n  rotate ${keep}\n  compress\n  missingok\n}\n`
    const found = (await host.files.exists(file)) ? await host.files.readText(file) : undefined
    if (found === wanted) return { changed: false, reason: 'it is as it should be' }
    await host.files.write(file, wanted, { mode: 0o644 })
    return { changed: true, reason: found === undefined ? 'there was none' : 'it was different' }
  }
}

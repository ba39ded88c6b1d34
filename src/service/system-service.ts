import { AS_ROOT } from '../command/as-root.js'
import { ask, type Command, change } from '../command/command.js'
import { script } from '../command/script.js'
import type { CommandError } from '../errors/command-error.js'
import { OptionError } from '../errors/option-error.js'
import { ServiceError } from '../errors/service-error.js'
import type { CallOptions, Host } from '../host/host.js'

/** How a service is. `starting` includes what is being reloaded or stopped. */
export type ServiceStatus = 'running' | 'starting' | 'stopped' | 'failed' | 'absent'

/** What a service can be told. */
export type ServiceAction = 'start' | 'stop' | 'restart' | 'reload'

/** Exit code of our own: the server has no such service. */
const ABSENT = 69

/** Sets `$name`, and functions for it: of systemd where that runs, of init scripts else. */
function find(names: readonly string[]): Command {
  return ask`
    name=; ${AS_ROOT}
    if [ -d /run/systemd/system ]; then
      for each in ${names}; do ! systemctl cat "$each.service" >/dev/null 2>&1 || { name=$each; break; }; done
      act() { $root systemctl "$1" "$name"; }
      state() { systemctl is-active "$name"; }
      tell() { $root journalctl --no-pager -o cat -n 8 -u "$name" 2>/dev/null || systemctl --no-pager -n 8 status "$name"; }
    else
      for each in ${names}; do [ ! -x "/etc/init.d/$each" ] || { name=$each; break; }; done
      # there are init scripts that are content with having tried
      act() { $root service "$name" "$1" && case $1 in start|restart) sleep 0.2; [ "$(state)" = active ];; esac; }
      state() { service "$name" status >/dev/null 2>&1; case $? in 0) echo active;; 3) echo inactive;; *) echo failed;; esac; }
      tell() { :; }
    fi
    [ -n "$name" ] || exit ${ABSENT}`
}

const STATES: Readonly<Record<string, ServiceStatus>> = {
  active: 'running',
  inactive: 'stopped',
  failed: 'failed',
}

/**
 * A service of a server, by its name: controlled through systemd where that runs, through `service` and its init script
 * else. Root's part is done by sudo.
 *
 * @example
 * ```ts
 * const worker = SystemService.named('celery-worker')
 * if ((await worker.status(host)) !== 'running') await worker.start(host)
 * ```
 */
export class SystemService {
  readonly #names: readonly string[]

  protected constructor(names: readonly string[]) {
    this.#names = names
  }

  /**
   * A service.
   *
   * @param names - what it is called, on one distribution or the other; the first that is there counts
   * @throws {@link OptionError} for what cannot be the name of a service
   */
  static named(...names: readonly [string, ...string[]]): SystemService {
    const wrong = names.find(name => !/^[A-Za-z0-9_][\w.@:-]*$/.test(name))
    if (wrong === undefined) return new SystemService(names)
    throw new OptionError('name', `${JSON.stringify(wrong)} is not the name of a service`)
  }

  /** Starts it, unless it runs: `systemctl start`. @throws {@link ServiceError} when it does not come up */
  start(host: Host, options?: CallOptions): Promise<void> {
    return this.#act(host, 'start', options)
  }

  /** Stops it, if it runs: `systemctl stop`. @throws {@link ServiceError} */
  stop(host: Host, options?: CallOptions): Promise<void> {
    return this.#act(host, 'stop', options)
  }

  /** Stops and starts it: `systemctl restart`. @throws {@link ServiceError} when it does not come up */
  restart(host: Host, options?: CallOptions): Promise<void> {
    return this.#act(host, 'restart', options)
  }

  /** Lets it read its configuration again: `systemctl reload`. @throws {@link ServiceError} */
  reload(host: Host, options?: CallOptions): Promise<void> {
    return this.#act(host, 'reload', options)
  }

  /** Asks how it is: `systemctl is-active`. */
  status(host: Host, options?: CallOptions): Promise<ServiceStatus> {
    const command = ask`${find(this.#names)}
      state || :`.accepting(ABSENT)
    const read = ({ exitCode, stdout }: { exitCode?: number | undefined; stdout: string }) =>
      exitCode === ABSENT ? 'absent' : (STATES[stdout] ?? 'starting')
    return host.perform(
      script([command], ([result]) => read(result)),
      options,
    )
  }

  /** What has to be in order before it is restarted or reloaded, in shell text. */
  protected get check(): Command {
    return ask`:`
  }

  /** What a failure means. */
  protected explain(failure: CommandError, action: ServiceAction): Error {
    const what = `${action} the service ${this.#names[0]}`
    const { host, exitCode, stdout, stderr } = failure
    if (exitCode === ABSENT) {
      return new ServiceError('SERVICE_ABSENT', {
        what,
        host,
        why: `there is none of the name ${this.#names.join(' or ')}`,
        remedy: 'install it.',
      })
    }
    if (failure.code !== 'COMMAND_FAILED') return failure
    return new ServiceError('SERVICE_FAILED', {
      what,
      host,
      why: 'it failed',
      output: `${stdout}\n${stderr}`.trim(),
    })
  }

  async #act(host: Host, action: ServiceAction, options?: CallOptions): Promise<void> {
    const check = action === 'restart' || action === 'reload' ? this.check : ask`:`
    const command = change`${find(this.#names)}
      { ${check} ; } || exit
      act ${action} || { code=$?; tell >&2; exit "$code"; }`
    await host.perform(
      script(
        [command],
        () => undefined,
        failure => this.explain(failure, action),
      ),
      options,
    )
  }
}

import { AS_ROOT } from '../command/as-root.js'
import { ask, type Command } from '../command/command.js'
import { script } from '../command/script.js'
import type { CommandError } from '../errors/command-error.js'
import { ConfigurationError } from '../errors/configuration-error.js'
import type { CallOptions, Host } from '../host/host.js'
import { type ServiceAction, SystemService } from '../service/system-service.js'

/** Exit code of our own: the server refuses its configuration. */
const REFUSED = 70

/**
 * The program of a web server, with all its sites. It is neither restarted nor reloaded with a configuration that it
 * refuses.
 */
export class WebServerService extends SystemService {
  readonly #test: Command

  private constructor(
    private readonly title: string,
    names: readonly string[],
    test: Command,
  ) {
    super(names)
    this.#test = test
  }

  /**
   * @internal
   * @param title - `Apache`
   * @param test - shell text that tests the configuration; `$root` makes a command root's
   */
  static of(title: string, names: readonly string[], test: Command): WebServerService {
    return new WebServerService(title, names, test)
  }

  /**
   * Tests its configuration, that of all sites, and changes nothing.
   *
   * @throws {@link ConfigurationError} with what it says: file, line and reason
   */
  test(host: Host, options?: CallOptions): Promise<void> {
    const command = ask`${AS_ROOT}
      ${this.check}`
    const tested = script(
      [command],
      () => undefined,
      failure => this.#refusal(failure, 'use its configuration') ?? failure,
    )
    return host.perform(tested, options)
  }

  protected override get check(): Command {
    return ask`{ ( PATH=$PATH:/usr/sbin:/sbin; ${this.#test} ) >&2 || exit ${REFUSED}; }`
  }

  protected override explain(failure: CommandError, action: ServiceAction): Error {
    return this.#refusal(failure, `${action} it`) ?? super.explain(failure, action)
  }

  #refusal({ exitCode, host, stderr }: CommandError, what: string): ConfigurationError | undefined {
    if (exitCode !== REFUSED) return undefined
    const remedy = 'nothing has been touched. Correct the file, and try again.'
    return new ConfigurationError({ what, host, why: `${this.title} refuses it`, output: stderr, remedy })
  }
}

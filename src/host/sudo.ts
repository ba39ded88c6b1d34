import { ask } from '../command/command.js'
import { Secret } from '../command/secret.js'
import { SUDO_WITH_PASSWORD } from '../command/shell.js'
import { CommandError } from '../errors/command-error.js'
import { SudoError } from '../errors/sudo-error.js'
import type { Shell } from './connection.js'

/** The password of the user who logs in, or a function that asks for it; it is called once at most. */
export type SudoPasswordOption = string | Secret | (() => string | Secret | Promise<string | Secret>)

/** The password that sudo asks for on a host. */
export class SudoPassword {
  #asked: Promise<Secret> | undefined
  /** The password, once it turned out that it is needed, and right. */
  known: Secret | undefined

  constructor(private readonly given: SudoPasswordOption) {}

  /**
   * Makes every `sudo` in a shell's commands find the password, if sudo asks for one there. It is tried once, by
   * standard input; later it stands in the environment of sudo alone.
   *
   * @throws {@link SudoError} when sudo does not take it
   */
  async prepare(shell: Shell): Promise<void> {
    if (this.known === undefined) {
      const [free] = await shell.perform([ask`sudo -n true 2>/dev/null`.acceptingAny()])
      if (free?.ok) return
    }
    const password = await this.#password()
    const attempt = ask`
      dye_sudo=${password}
      if printf '%s\n' "$dye_sudo" | command sudo -S -k -p '' -- true >/dev/null; then
        ${SUDO_WITH_PASSWORD}
      else unset dye_sudo; (exit 1); fi`
    const [result] = await shell.perform([attempt.inSession()])
    if (result?.ok) this.known = password
    else if (result) throw SudoError.of(result) ?? new CommandError(result, 'use sudo')
  }

  #password(): Promise<Secret> {
    this.#asked ??= (async () =>
      Secret.of(await (typeof this.given === 'function' ? this.given() : this.given)))()
    return this.#asked
  }
}

import { posix } from 'node:path'
import { type Command, change } from '../command/command.js'

/** Name of the file with the settings that are private to a machine. */
export const PRIVATE_SETTINGS = 'private_settings.py'

/**
 * Makes the settings that are private to a machine, once: a secret key and a database password, 50 and 32
 * characters out of the kernel's random generator. They never leave the server. Those that the live release has, from a
 * time when they were not shared, are kept. Prints `made` or `kept`.
 */
export function ensurePrivateSettings(file: string, inLive: string): Command {
  return change`
    random() { tr -dc 'A-Za-z0-9' </dev/urandom | head -c "$1"; }
    [ ! -e ${file} ] || { echo kept; exit 0; }
    copy() { if [ -O ${inLive} ]; then cp -p -- "$@"; else sudo -n cp -p -- "$@"; fi; }
    if [ -e ${inLive} ]; then
      mkdir -p -- ${posix.dirname(file)} && copy ${inLive} ${`${file}.new`} && mv -f -- ${`${file}.new`} ${file} && echo kept
      exit
    fi
    umask 022 && mkdir -p -- ${posix.dirname(file)} && umask 077 &&
    printf 'SECRET_KEY = "%s"\nDB_PASSWORD = "%s"\n' "$(random 50)" "$(random 32)" >${`${file}.new`} &&
    mv -f -- ${`${file}.new`} ${file} && echo made`
}

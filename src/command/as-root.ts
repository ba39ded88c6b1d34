import { ask } from './command.js'

/** Sets `$root`: what a command is run with as root, nothing if we are. */
export const AS_ROOT = ask`root="sudo -n"; [ "$(id -u)" != 0 ] || root=`

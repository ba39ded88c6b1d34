import { ask, type Command } from '../command/command.js'

/** Swaps what two names stand for, at once; without such a kernel, or Python, it fails and touches nothing. */
const EXCHANGE = `
import ctypes, os, sys
one, other = map(os.fsencode, sys.argv[1:])
library = ctypes.CDLL(None, use_errno=True)
if library.renameat2(-100, one, -100, other, 2):
    sys.exit(os.strerror(ctypes.get_errno()))
`

/**
 * The shell function `relocate OLD NEW`: what stands at OLD stands at NEW afterwards, and OLD is a relative link to
 * it. Whoever uses OLD meanwhile finds it at any moment; where names cannot be exchanged, but for a few milliseconds.
 * It can be interrupted and called again, and does nothing when it was done. Both are absolute, on one file system.
 *
 * In between NEW is a link to `OLD.moving`, which is what stood at OLD; then it trades places with that link.
 */
export const RELOCATE: Command = ask`
  exchange() { $as python3 -c ${EXCHANGE} "$1" "$2" 2>/dev/null; }
  from_to() {
    printf '%s/%s\n' "$(realpath --relative-to="$(dirname -- "$1")" -- "$(dirname -- "$2")")" "$(basename -- "$2")"
  }
  relocate() {
    as=
    for each in "$1" "$1.moving" "$(dirname -- "$1")" "$(dirname -- "$2")"; do
      [ -L "$each" ] || [ ! -e "$each" ] || [ -w "$each" ] || as='sudo -n'
    done
    if [ -L "$1.moving" ]; then $as rm -f -- "$1.moving" || return; fi
    if [ ! -e "$1.moving" ]; then
      [ -e "$1" ] && [ ! -L "$1" ] || return 0
      if [ -L "$2" ]; then $as rm -f -- "$2" || return; fi
      [ ! -e "$2" ] || { echo "$2 is there already" >&2; return 1; }
      $as ln -s -- "$(from_to "$2" "$1").moving" "$2" && $as ln -s -- "$(from_to "$1" "$2")" "$1.moving" || return
      exchange "$1" "$1.moving" || {
        $as rm -f -- "$2" && $as mv -T -- "$1" "$2" && $as mv -T -- "$1.moving" "$1" && return
        [ -e "$1" ] || $as mv -T -- "$2" "$1"
        return 1
      }
    fi
    exchange "$1.moving" "$2" || { $as rm -f -- "$2" && $as mv -T -- "$1.moving" "$2"; } || return
    $as rm -f -- "$1.moving"
  }`

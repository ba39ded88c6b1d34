import { ask, type Command } from '../command/command.js'

/** Swaps what two names stand for, at once; without such a kernel, or Python, it fails and touches nothing. */
export const EXCHANGE = `
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
 * It goes by a place beside NEW, `.NAME.moving/x`. First NEW is a link to that place; what stood at OLD comes there,
 * and a link to NEW to OLD. Then that place and NEW are exchanged, and the link, seen from where it is now, leads
 * to NEW by a second one: so a reader who had followed it half-way arrives, too.
 */
export const RELOCATE: Command = ask`
  exchange() { $as python3 -c ${EXCHANGE} "$1" "$2" 2>/dev/null; }
  relocate() {
    old=$1 new=$2 name=$(basename -- "$2") there=$(dirname -- "$2")
    beside=$there/.$name.moving
    as=
    for each in "$old" "$beside/x" "$(dirname -- "$old")" "$there"; do
      [ -L "$each" ] || [ ! -e "$each" ] || [ -w "$each" ] || as='sudo -n'
    done
    if [ -L "$beside/x" ] || [ ! -e "$beside/x" ]; then
      if [ -L "$old" ] || [ ! -e "$old" ]; then
        [ ! -e "$beside" ] || $as rm -rf -- "$beside"
        return
      fi
      if [ -L "$new" ]; then $as rm -f -- "$new" || return; fi
      [ ! -e "$new" ] || { echo "$new is there already" >&2; return 1; }
      way=$(realpath --relative-to="$(dirname -- "$old")" -- "$there")/$name
      $as rm -rf -- "$beside" && $as mkdir -p -- "$beside/.$name.moving" &&
      $as ln -s -- "../../$name" "$beside/.$name.moving/x" &&
      $as ln -s -- ".$name.moving/x" "$new" && $as ln -s -- "$way" "$beside/x" || return
      exchange "$old" "$beside/x" || {
        $as rm -f -- "$new" && $as mv -T -- "$old" "$new" && $as mv -T -- "$beside/x" "$old" && $as rm -rf -- "$beside" && return
        [ -e "$old" ] || $as mv -T -- "$new" "$old"
        return 1
      }
    fi
    exchange "$beside/x" "$new" || { $as rm -f -- "$new" && $as mv -T -- "$beside/x" "$new"; } || return
    sleep 0.1
    $as rm -rf -- "$beside"
  }`

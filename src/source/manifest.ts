import { posix } from 'node:path'
import { ask, type Command, change } from '../command/command.js'

/** The file in a release that says what was in it; no web server's user may read it. */
const MANIFEST = '.dye-manifest'

/** Prints a line with a hash for each file and link below the working directory. */
const LIST = ask`{
  find . -name ${`${MANIFEST}*`} -prune -o -type f -print0 | xargs -0r sha256sum -z -- | tr '\n\0' '\r\n'
  find . -type l -exec sh -c 'for each; do printf "%s  %s\n" "$(readlink -- "$each" | sha256sum | cut -c 1-64)" "$each"; done' sh {} +
}`

/** Tells apart what a manifest has and what there is now. */
const COMPARE = `
{ hash = substr($0, 1, 64); path = substr($0, 69) }
$0 == "--" { now = 1; next }
!now { known[path] = hash; next }
{ if (!(path in known)) print "? " path; else if (known[path] != hash) print "M " path; delete known[path] }
END { for (path in known) print "D " path }`

/** Notes what is in a release. */
export function writeManifest(release: string): Command {
  const file = posix.join(release, MANIFEST)
  return change`cd -- ${`${release}/`} && (umask 077; ${LIST} >${`${file}.new`}) && mv -f -- ${`${file}.new`} ${file}`
}

/** Prints what differs from that: `M` changed, `?` added, `D` gone; nothing where nothing was noted. */
export function compareManifest(release: string): Command {
  return ask`
    [ -e ${posix.join(release, MANIFEST)} ] || exit 0
    cd -- ${`${release}/`} && { cat -- ${MANIFEST}; echo --; ${LIST}; } | awk ${COMPARE} | sort -k 2`
}

import { posix } from 'node:path'
import { ask, type Command, change, raw } from '../command/command.js'
import { Secret } from '../command/secret.js'
import { OptionError } from '../errors/option-error.js'
import type { FetchPlace } from './source.js'

/** What is fetched from where. */
export interface CvsFetch {
  /** CVSROOT, without a password. */
  readonly root: string
  readonly module: string
  readonly kind: 'branch' | 'tag' | 'date'
  /** `HEAD` is the trunk. */
  readonly name: string
  readonly password: Secret | undefined
}

/** How CVS writes the characters from the blank to the tilde in its files of passwords: no secret, but its format. */
const SCRAMBLED =
  'rx5O`mHlF@LCtJDWo4Kw1"RQ_ApVvnzi)9S+.f(Y&g-2*{[#}76B|~;/\\GsNXkj8$yuhedEIc?^]\'%=0:q Z,b<3!a>MTPU'

/** A password as it stands in a file of passwords. */
export function scrambled(password: Secret): Secret {
  const characters = [...password.reveal()].map(character => SCRAMBLED[character.charCodeAt(0) - 32])
  if (characters.some(character => character === undefined)) {
    throw new OptionError('source', 'CVS takes only ASCII characters in a password')
  }
  return Secret.of(`A${characters.join('')}`)
}

/** Never asks. */
export function environmentOf({ root, password }: CvsFetch): Readonly<Record<string, string | Secret>> {
  return {
    CVSROOT: root,
    CVS_RSH: 'ssh',
    ...(password && { DYE_CVS_PASSWORD: scrambled(password) }),
  }
}

/** Shell text that puts the password into a file that is gone when the command ends. */
const PASSWORD = `
  if [ -n "$DYE_CVS_PASSWORD" ]; then
    for place in "$XDG_RUNTIME_DIR" /dev/shm /tmp; do
      [ -n "$place" ] && CVS_PASSFILE=$(mktemp -p "$place" 2>/dev/null) && break
    done
    trap 'rm -f -- "$CVS_PASSFILE"' EXIT
    trap 'exit 143' HUP INT TERM
    printf '/1 %s %s\\n' "$CVSROOT" "$DYE_CVS_PASSWORD" >"$CVS_PASSFILE" || exit
    export CVS_PASSFILE
  fi
  moment() { date -u -d "@$1" '+%Y-%m-%d %H:%M:%S UTC'; }`

/** Where a working copy notes its revision: CVS has none for a tree. */
const NOTE = 'CVS/dye-revision'

/** What cvs is told of the state that is wanted; `$moment` is now. */
function wanted({ kind, name }: CvsFetch): Command {
  if (kind === 'tag') return ask`-r ${name}`
  if (kind === 'date') return ask`-D ${name}`
  return name === 'HEAD' ? ask`-D "$moment"` : ask`-r ${name} -D "$moment"`
}

/** Brings the mirror, a working copy, to what is wanted: only differences travel. Then it is copied to the release. */
export function checkOut(fetch: CvsFetch, { release, mirror }: FetchPlace): Command {
  const { root, module, kind, name } = fetch
  const beside = `${mirror}.new`
  const again =
    kind === 'tag' || (kind === 'branch' && name !== 'HEAD') ? wanted(fetch) : ask`-A ${wanted(fetch)}`
  const revision =
    kind === 'branch' ? ask`date -u -d "$moment" +%Y-%m-%dT%H:%M:%SZ` : ask`printf '%s\n' ${name}`
  return change`${raw(PASSWORD)}
    moment=$(moment "$(date +%s)") && mkdir -p -- ${posix.dirname(mirror)} || exit
    update() (
      cd -- ${mirror} && cvs -fQ update -CdP ${again} && said=$(cvs -fnq update -dP -I ! ${again} 2>&1) || exit
      ! printf '%s\n' "$said" | grep -q '^[UPMCAR] \|: ignoring \|: skipping ' || exit
      printf '%s\n' "$said" | sed -n 's/^? //p' | while IFS= read -r path; do rm -rf -- "./$path" || exit; done
    ) >&2
    anew() {
      rm -rf -- ${beside} && (cd -- ${posix.dirname(beside)} && cvs -fQ checkout -P -d ${posix.basename(beside)} ${wanted(fetch)} -- ${module}) >&2 &&
      [ -d ${`${beside}/CVS`} ] && rm -rf -- ${mirror} && mv -T -- ${beside} ${mirror}
    }
    ours=; [ "$(cat -- ${`${mirror}/CVS/Root`} 2>/dev/null)" != ${root} ] || ours=yes
    case "$(cat -- ${`${mirror}/CVS/Repository`} 2>/dev/null)" in ${module}|*${`/${module}`}) ;; *) ours= ;; esac
    { [ -n "$ours" ] && update 2>/dev/null; } || {
      anew || { rm -rf -- ${beside}; exit 1; }
      [ -z "$ours" ] || echo dye:rebuilt
    }
    cp -a --reflink=auto -- ${`${mirror}/.`} ${release} && ${revision} >${posix.join(release, NOTE)}`.withEnv(
    environmentOf(fetch),
  )
}

/** Prints the revision of a release, if it is known. */
export function revisionOf(release: string): Command {
  return ask`[ ! -e ${posix.join(release, NOTE)} ] || cat -- ${posix.join(release, NOTE)}`
}

/** Prints what cvs knows of the files' revisions between two moments, that of `since` not included. */
export function listRevisions(fetch: CvsFetch, release: string, since: string | undefined): Command {
  const { kind, name } = fetch
  const branch = kind === 'branch' && name !== 'HEAD' ? [`-r${name}`] : []
  return ask`${raw(PASSWORD)}
    revision=$(${revisionOf(release)})
    until=$(date -u -d "$revision" +%s 2>/dev/null || date +%s) && since=$(date -u -d ${since ?? '1970-01-02'} +%s) || exit
    [ "$until" -gt "$since" ] || exit 0
    cd -- ${`${release}/`} && cvs -fQ log -S -N ${branch} -d "$(moment "$since")<$(moment "$((until + 1))")"`.withEnv(
    environmentOf(fetch),
  )
}

/** Prints what differs from the repository: `M`, `A`, `R`, `C` and `?` as cvs does, `D` for what is gone. */
export function listChanges(fetch: CvsFetch, release: string): Command {
  return ask`${raw(PASSWORD)}
    [ -d ${`${release}/CVS`} ] || exit 0
    cd -- ${`${release}/`} && changes=$(cvs -fnq update -dP 2>/dev/null) || exit
    printf '%s\n' "$changes" | while IFS= read -r line; do
      case $line in
        [MARC?]' '*) printf '%s\n' "$line" ;;
        [UP]' '*) path=$(printf '%s\n' "$line" | cut -c 3-); ! grep -qF "/$(basename -- "$path")/" "$(dirname -- "$path")/CVS/Entries" 2>/dev/null || [ -e "$path" ] || printf 'D %s\n' "$path" ;;
      esac
    done`.withEnv(environmentOf(fetch))
}

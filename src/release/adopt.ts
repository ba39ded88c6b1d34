import { change, raw } from '../command/command.js'
import { type Script, script } from '../command/script.js'
import type { Layout } from './layout.js'
import { RELOCATE } from './relocate.js'

/**
 * Takes a server over, whose code is in a real directory where the live link should be. Each part looks what is left
 * to do, so that it can be interrupted, and called again.
 *
 * DYE kept versions in one of two ways: `previous/TIME/` is the code, or `previous/TIME/dev/` is, beside a dump of the
 * database as that version left it.
 */
const ADOPT = `
now() { date -u +%Y-%m-%dT%H:%M:%SZ; }
made() { date -u -r "$1" +%Y-%m-%d_%H-%M-%S; }
known() { grep -qF "\\"release\\":\\"$1\\"" "$journal" 2>/dev/null; }
free() {
  name=$1 number=2
  while [ -e "$releases/$name" ] || known "$name"; do name=$1-$number number=$((number + 1)); done
  printf '%s\\n' "$name"
}
quoted() { printf '%s' "$1" | sed 's/[\\\\"]/\\\\&/g'; }
move() { if [ -w "$1" ] && [ -w "$(dirname -- "$1")" ]; then mv -T -- "$1" "$2"; else sudo -n mv -T -- "$1" "$2"; fi; }
revision() {
  if [ -e "$1/.git" ]; then git -c safe.directory='*' -C "$1" rev-parse --verify --quiet HEAD || :
  elif [ -e "$1/.svn" ]; then svn info --show-item revision -- "$1" 2>/dev/null || :; fi
}
dump_of() {
  for file in "$dumps/after-$1.sql.gz" "$dumps/after-$1.sql" "$releases/$1"/*.sql.gz "$releases/$1"/*.sql; do
    if [ -f "$file" ]; then printf '%s' "$file"; return; fi
  done
}
note() {
  known "$1" && return
  revision=$(revision "$releases/$1") && dump=$(dump_of "$1") && dump=$(quoted "$dump") && at=$(now) || return
  printf '{"at":"%s","release":"%s","status":"%s","by":"DYE"%s%s}\\n' "$at" "$1" "$2" \\
    "\${revision:+,\\"revision\\":\\"$revision\\"}" "\${dump:+,\\"dumpAfter\\":\\"$dump\\"}" >>"$journal" &&
    printf '%s\\n' "$1"
}

if [ -f "$readme" ] && ! grep -q dye-deploy -- "$readme"; then mv -f -- "$readme" "$readme.old" || exit; fi

# a version with a directory of its own for the code: apart, then the code to where releases are, then the rest
has_code_within() {
  [ -d "$1/dev" ] && [ ! -L "$1/dev" ] && [ -z "$(find "$1" -mindepth 1 -maxdepth 1 -type d ! -name dev -print -quit)" ]
}
for version in "$releases"/*; do
  name=\${version##*/}
  case $name in $time) ;; *) continue ;; esac
  known "$name" || [ -L "$version" ] || ! has_code_within "$version" || {
    mkdir -p -- "$state/adopting" && move "$version" "$state/adopting/$name" || exit
  }
done
for version in "$state"/adopting/*; do
  [ -d "$version" ] || continue
  name=\${version##*/}
  [ ! -d "$version/dev" ] || move "$version/dev" "$releases/$name" || exit
  for file in "$version"/*.sql.gz "$version"/*.sql; do
    [ -f "$file" ] || continue
    case $file in *.gz) kept=$dumps/after-$name.sql.gz ;; *) kept=$dumps/after-$name.sql ;; esac
    [ ! -e "$kept" ] || kept=$dumps/after-$name-\${file##*/}
    move "$file" "$kept" || exit
  done
  rmdir -- "$version" 2>/dev/null || { mkdir -p -- "$state/adopted" && move "$version" "$state/adopted/$name" || exit; }
done
rmdir -- "$state/adopting" 2>/dev/null
for version in "$releases"/*; do
  name=\${version##*/}
  case $name in $time) ;; *) continue ;; esac
  [ ! -d "$version" ] || [ -L "$version" ] || [ "$(readlink -f -- "$live")" = "$version" ] || [ -z "$(ls -A -- "$version")" ] || note "$name" previous || exit
done

# the live code, without a moment at which it is not there
for beside in "$releases"/.*.moving; do
  [ ! -d "$beside" ] || { name=\${beside##*/.}; relocate "$live" "$releases/\${name%.moving}"; } || exit
done
if [ -d "$live" ] && [ ! -L "$live" ]; then
  name=$(made "$live") && name=$(free "$name") && relocate "$live" "$releases/$name" || exit
fi
if [ -L "$live" ]; then note "$(basename -- "$(readlink -- "$live")")" live || exit; fi

# what a deploy that died has left
if [ -d "$next" ] && [ ! -L "$next" ]; then
  name=$(made "$next")-aborted || exit
  note "$name" aborted && move "$next" "$releases/$name" || exit
fi
`

/** What names a version has in DYE: its time. */
const TIME = '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]_[0-9][0-9]-[0-9][0-9]-[0-9][0-9]'

/**
 * Takes over a server that DYE deployed, if this is one: its versions become releases, its live directory becomes one
 * with a link to it in its place. Nothing is lost, what was changed by hand included.
 *
 * Read: the names of the releases that the journal knows from now on.
 */
export function adopt({
  live,
  next,
  releases,
  dumps,
  state,
  journal,
  readme,
}: Layout): Script<readonly string[]> {
  const take = change`
    live=${live} next=${next} releases=${releases} dumps=${dumps} state=${state} journal=${journal} readme=${readme} time=${TIME}
    isDirectory() { [ -d "$1" ] && [ ! -L "$1" ]; }
    isDirectory "$live" || isDirectory "$next" || isDirectory "$state/adopting" ||
      [ -n "$(find "$releases" -maxdepth 1 -name '.*.moving' -print -quit)" ] || [ ! -e "$journal" ] ||
      { [ -L "$live" ] && ! grep -qF "\"release\":\"$(basename -- "$(readlink -- "$live")")\"" "$journal"; } || exit 0
    ${RELOCATE}
    ${raw(ADOPT)}`
  return script([take], ([{ lines }]) => lines)
}

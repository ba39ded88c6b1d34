import { posix } from 'node:path'
import { ask, type Command, change } from '../command/command.js'
import { findInterpreter } from './interpreter.js'
import { isUsual, pipConfiguration, uvConfiguration } from './package-index.js'
import { pipCreate, pipInstall } from './pip.js'
import { FINGERPRINT, PYPROJECT } from './requirements.js'
import type { VirtualenvSettings } from './settings.js'
import { uvCreate, uvInstall } from './uv.js'

/** Exit code for: there is no such interpreter, or installer. */
export const NO_INTERPRETER = 3
export const NO_UV = 4

/** Where an environment is kept, and whether it is built though nothing has changed. */
export interface BuildPlace {
  /** Directory for environments by their keys; undefined: the environment is at its path, and nowhere else. */
  readonly store: string | undefined
  /** Where the link to an environment in a store goes. */
  readonly link: string
  readonly force: boolean
  /** True: nothing is taken from the installer's cache. */
  readonly withoutCache: boolean
}

/**
 * Programs of Python that move an environment: its scripts and its configuration know where it is.
 *
 * Arguments: where it is, what it will be called.
 */
const RENAME = String.raw`
import glob, os, shutil, sys
here, there = sys.argv[1], sys.argv[2]
site = glob.glob(here + '/lib*/python*/site-packages') + glob.glob(here + '/lib/pypy*/site-packages')
files = glob.glob(here + '/bin/*') + [here + '/pyvenv.cfg']
for directory in site:
    for pattern in ('*.pth', '*.egg-link', '__editable__*', '*.dist-info/direct_url.json'):
        files += glob.glob(directory + '/' + pattern)
for path in files:
    if os.path.islink(path) or not os.path.isfile(path):
        continue
    with open(path, 'rb') as file:
        content = file.read()
    if b'\0' in content or os.fsencode(here) not in content:
        continue
    # beside: it might be linked with a file of the installer's cache
    with open(path + '.new', 'wb') as file:
        file.write(content.replace(os.fsencode(here), os.fsencode(there)))
    shutil.copymode(path, path + '.new')
    os.replace(path + '.new', path)
`

function isAddress(place: string): boolean {
  return place.includes('://')
}

/** What the installer is told, after `install`. */
function installOptions({ requirements, wheels, offline, requireHashes }: VirtualenvSettings): string[] {
  return [
    ...(requireHashes ? ['--require-hashes'] : []),
    ...(offline ? ['--no-index'] : []),
    ...wheels.flatMap(place => ['--find-links', place]),
    ...requirements.flatMap(file => ['--requirement', file]),
  ]
}

/** All that makes a difference, besides files: their content is read. */
function optionsText(settings: VirtualenvSettings): string {
  const { systemSitePackages, requireHashes, offline, indexes, wheels, pyproject } = settings
  return JSON.stringify([
    systemSitePackages,
    requireHashes,
    offline,
    [indexes.main?.url, ...indexes.extra.map(({ url }) => url)],
    wheels.filter(isAddress),
    pyproject ? [pyproject.extras, pyproject.groups] : [],
  ])
}

/** Puts passwords into files that are gone when the command ends. */
function configuration({ indexes }: VirtualenvSettings): Command {
  if (isUsual(indexes)) return ask`:`
  return change`
    access=$(umask 077; mktemp -d) && trap 'rm -rf -- "$access"' EXIT && trap 'exit 143' HUP INT TERM || exit 1
    printf %s ${pipConfiguration(indexes)} >"$access/pip.conf" && chmod 600 "$access/pip.conf" || exit 1
    printf %s ${uvConfiguration(indexes)} >"$access/uv.toml" && chmod 600 "$access/uv.toml" || exit 1
    export PIP_CONFIG_FILE="$access/pip.conf" UV_CONFIG_FILE="$access/uv.toml"`
}

/** Sets `$uv`, if it is to be used. */
export function chooseInstaller({ installer }: VirtualenvSettings): Command {
  if (installer === 'pip') return ask`uv=`
  const missing = installer === 'uv' ? ask`[ -n "$uv" ] || exit ${NO_UV}` : ask`:`
  return ask`
    uv=
    for each in uv "$HOME/.local/bin/uv" "$HOME/.cargo/bin/uv"; do uv=$(command -v "$each") && break; done
    ${missing}`
}

/** Builds `$new`, in shell text: with pip, or with uv if `$uv` says which, and with bytecode of `$other`. */
function build(settings: VirtualenvSettings, { withoutCache }: BuildPlace): Command {
  const { systemSitePackages, pyproject, cache, requirements } = settings
  const venv = systemSitePackages ? ['--system-site-packages'] : []
  const options = installOptions(settings)
  const read = pyproject
    ? change`"$new/bin/python" -c ${PYPROJECT} ${pyproject.path} ${pyproject.extras.join(',')} ${pyproject.groups.join(',')} >"$new/requirements.txt" || exit 1
        set -- "$@" --requirement "$new/requirements.txt"`
    : ask`:`
  const isEmpty = requirements.length === 0 && !pyproject
  const install = change`
      if [ -n "$uv" ]; then
        ${uvInstall(withoutCache)}
      else
        ${pipInstall(withoutCache)}
      fi`
  return change`
      echo "building $ve with $python\${uv:+ and $uv}"
      ${cache === undefined ? ask`:` : change`mkdir -p -- ${cache} && export PIP_CACHE_DIR=${cache} UV_CACHE_DIR=${cache}/uv || exit 1`}
      export PIP_DEFAULT_TIMEOUT="\${PIP_DEFAULT_TIMEOUT:-15}" PIP_RETRIES="\${PIP_RETRIES:-2}" UV_NO_PROGRESS=1
      rm -rf -- "$new" || exit 1
      if [ -n "$uv" ]; then
        ${uvCreate(venv)}
      else
        ${pipCreate(venv)}
      fi
      set -- ${options}
      ${read}
      ${isEmpty ? ask`:` : install}
      sync -f -- "$new" 2>/dev/null || sync
      printf '%s\n' "$found" >"$new/.ready" || exit 1`
}

/** Finds the interpreter and the fingerprint: `$python`, `$found` with the files, `$key`. */
function identify(settings: VirtualenvSettings): Command {
  const { requirements, pyproject, wheels, pythonRange, interpreter } = settings
  const inputs = [
    ...requirements,
    ...(pyproject ? [pyproject.path] : []),
    ...wheels.filter(place => !isAddress(place)),
  ]
  return ask`
      python=$(${findInterpreter(pythonRange, interpreter)}) || exit ${NO_INTERPRETER}
      ${chooseInstaller(settings)}
      found=$("$python" -c ${FINGERPRINT} ${optionsText(settings)}"\${uv:+ uv}" ${inputs}) || exit 1
      key=$(printf '%s\n' "$found" | head -n 1)`
}

/** Sets `$ve` to the newest whole environment with this key in `$home`, or to what it would be called; and its `$number`. */
const newestInStore = ask`
      number=1 ve=$home/$key
      while [ -e "$home/$key-$((number + 1))/.ready" ]; do number=$((number + 1)); ve=$home/$key-$number; done`

/** In a store: the newest whole environment with this key; `-2`, `-3` are those that were built by force. */
function inStore(settings: VirtualenvSettings, place: BuildPlace, store: string): Command {
  const { link } = place
  return change`
      mkdir -p -- ${store} ${posix.dirname(link)} && home=$(cd -- ${store} && pwd) || exit 1
      ! command -v flock >/dev/null || { exec 8<"$home" && flock 8; } || exit 1
      ${newestInStore}
      if ${place.force ? ask`false` : ask`[ -e "$ve/.ready" ] && [ -x "$ve/bin/python" ]`}; then
        basename -- "$ve"; echo reused
      else
        [ ! -e "$ve/.ready" ] || [ ! -x "$ve/bin/python" ] || ve=$home/$key-$((number + 1))
        exec 3>&1 1>&2; new=$ve other=$(ls -td -- "$home"/*/.ready 2>/dev/null | sed -n '1s|/.ready$||p')
        ${build(settings, place)}
        basename -- "$ve" >&3; echo built >&3; exec 1>&3
      fi
      [ "$(readlink -- ${link})" = "$ve" ] || {
        [ -L ${link} ] || [ ! -e ${link} ] || { echo ${`${link} is in the way: not a link`} >&2; exit 1; }
        ln -sfn -- "$ve" ${`${link}.new`} && mv -fT -- ${`${link}.new`} ${link}; }`
}

/** At its path: built beside, then exchanged; the moment between two renames is put right by the next call. */
function inPlace(settings: VirtualenvSettings, place: BuildPlace): Command {
  const { path } = settings
  return change`
      mkdir -p -- ${posix.dirname(path)} && ve=$(cd -- ${posix.dirname(path)} && pwd)/${posix.basename(path)} || exit 1
      ! command -v flock >/dev/null || { exec 8<"$(dirname -- "$ve")" && flock 8; } || exit 1
      [ -e "$ve" ] || [ ! -e "$ve.old" ] || mv -- "$ve.old" "$ve" || exit 1
      if ${place.force ? ask`false` : ask`[ "$(head -n 1 -- "$ve/.ready" 2>/dev/null)" = "$key" ] && [ -x "$ve/bin/python" ]`}; then
        echo "$key"; echo reused
      else
        exec 3>&1 1>&2; new=$ve.new other=$ve
        ${build(settings, place)}
        "$python" -c ${RENAME} "$new" "$ve" && rm -rf -- "$ve.old" || exit 1
        [ ! -e "$ve" ] && [ ! -L "$ve" ] || mv -- "$ve" "$ve.old" || exit 1
        mv -- "$new" "$ve" && rm -rf -- "$ve.old" || exit 1
        echo "$key" >&3; echo built >&3
      fi`
}

/** Makes sure of an environment: prints its key, then `built` or `reused`. */
export function ensureCommand(settings: VirtualenvSettings, place: BuildPlace): Command {
  return change`
      ${configuration(settings)}
      ${identify(settings)}
      ${place.store === undefined ? inPlace(settings, place) : inStore(settings, place, place.store)}`
}

/** Tells whether a store has the environment, and builds none: prints its key, then its directory if it is there. */
export function lookCommand(settings: VirtualenvSettings, store: string): Command {
  return ask`
      ${identify(settings)}
      home=${store}
      ${newestInStore}
      basename -- "$ve"; [ ! -e "$ve/.ready" ] || [ ! -x "$ve/bin/python" ] || echo "$ve"`
}

/** Declares an environment at its path to be what the requirements want; prints the key. */
export function markCommand(settings: VirtualenvSettings): Command {
  const { path } = settings
  return change`
      ${identify(settings)}
      [ -x ${`${path}/bin/python`} ] || { echo ${`there is no environment at ${path}`} >&2; exit 1; }
      printf '%s\n' "$found" >${`${path}/.ready.new`} && mv -f -- ${`${path}/.ready.new`} ${`${path}/.ready`} && echo "$key"`
}

/** Deletes an environment at its path, or the link there and what it points at; prints `removed` if there was one. */
export function removeCommand(path: string): Command {
  return change`
      [ -e ${path} ] || [ -L ${path} ] || exit 0
      target=; [ ! -L ${path} ] || target=$(readlink -f -- ${path})
      [ -L ${path} ] || [ -e ${`${path}/pyvenv.cfg`} ] || { echo ${`${path} is no virtualenv`} >&2; exit 1; }
      [ -z "$target" ] || [ ! -e "$target" ] || [ -e "$target/pyvenv.cfg" ] || { echo "$target is no virtualenv" >&2; exit 1; }
      rm -rf -- ${path} && { [ -z "$target" ] || rm -rf -- "$target"; } && echo removed`
}

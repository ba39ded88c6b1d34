import { posix } from 'node:path'
import { ask, type Command, change } from '../command/command.js'
import type { Program } from '../command/program.js'
import { type Script, script } from '../command/script.js'
import type { CommandError } from '../errors/command-error.js'
import { RequirementError } from '../errors/requirement-error.js'
import type { AssetsResult } from './application.js'
import { explainComposer } from './composer-failure.js'
import { PLATFORM } from './composer-programs.js'

/** Where composer's packages of a release are, and where they may be had from. */
export interface ComposerPlace {
  /** Directory with `composer.json`, absolute. */
  readonly directory: string
  /** The same of the live release; it need not be there. */
  readonly live: string
  /** Directory of the releases; undefined if there are none besides. */
  readonly releases: string | undefined
  /** The directory with `composer.json`, relative to a release. */
  readonly path: string
  /** More arguments. */
  readonly arguments: readonly string[]
}

/** What installs packages. */
export const COMPOSER: readonly Program[] = [
  { names: ['php'], package: 'php-cli' },
  { names: ['composer'], package: 'composer' },
]

/** Exit code of our own: there is no composer. Those of composer itself are 1 to 5, and 100. */
const NO_COMPOSER = 71

/** A file in `vendor` with a digest of all that decides on what is in there; only what has been installed as a whole has one. */
const MARK = '.dye-composer'

/** Sets `$facts`, and `$key`, the digest of all that decides on what is installed; `none` without a lock file. */
function findKey({ live, arguments: more }: ComposerPlace): Command {
  return ask`
    key=none; known=composer.lock; [ -e "$known" ] || known=${posix.join(live, 'vendor/composer/installed.json')}
    facts=$(php -r ${PLATFORM} -- "$known") || exit
    told() { printf '%s\n' "$facts" | sed -n "s/^$1 //p"; }
    [ ! -e composer.lock ] || key=$({
      printf '%s\n' "$facts" ${more}; cat composer.json composer.lock
      told from | while read -r each; do find "$each" -type f -exec sha256sum -- '{}' + | sort; done
    } | sha256sum | cut -c 1-64)`
}

/** Sets `$from`, the packages of another release to begin with: the same ones, which sets `$same`, or else the live ones. */
function findPackages({ live, releases, path }: ComposerPlace): Command {
  const vendor = posix.join(live, 'vendor')
  const others = releases === undefined ? ask`` : ask`${releases}/*/${posix.join(path, 'vendor')}`
  return ask`
    from=${vendor}; same=
    for each in ${vendor} ${others}; do
      [ "$(cat -- "$each"/${MARK} 2>/dev/null)" != "$key" ] || { from=$each; same=1; break; }
    done`
}

/**
 * Takes packages over as hard links. Composer, and what it calls, puts packages in place by renaming; but it writes into
 * the files that it keeps for itself, git into its repositories, and plugins into their own: of these there are copies.
 */
function takeOver(): Command {
  return change`
    own() { [ -L "$1" ] || { cp -a -- "$1" "$1.own" && rm -rf -- "$1" && mv -T -- "$1.own" "$1"; }; }
    if [ ! -e vendor ] && [ -d "$from/composer" ]; then
      cp -al -- "$from/." vendor 2>/dev/null || { rm -rf -- vendor && cp -a -- "$from/." vendor; } || exit
      rm -f -- vendor/${MARK}
      for each in vendor/* vendor/.[!.]* vendor/bin/* vendor/composer/*; do [ ! -f "$each" ] || own "$each" || exit; done
      for each in vendor/*/*/.git $(told plugin); do [ ! -e "$each" ] || own "$each" || exit; done
      [ -n "$same" ] || told to | while read -r each; do rm -rf -- "$each"; done
    fi`
}

/** `composer install`, without what is for development only, beginning with what other releases have. */
export function composerInstall(place: ComposerPlace): Script<AssetsResult> {
  const install = change`
    [ -e composer.json ] || { echo absent; exit 0; }
    command -v composer >/dev/null && command -v php >/dev/null || exit ${NO_COMPOSER}
    [ "$(id -u)" != 0 ] || export COMPOSER_ALLOW_SUPERUSER=1
    ${findKey(place)}
    ${findPackages(place)}
    ${takeOver()}
    export COLUMNS=500 # it breaks lines else
    composer install --no-dev --no-interaction --no-progress --prefer-dist --optimize-autoloader ${place.arguments} >&2 || exit
    [ "$key" = none ] || [ ! -d vendor ] || printf '%s\n' "$key" >vendor/${MARK}
    echo "$(ls -d vendor/*/*/ 2>/dev/null | wc -l)"; [ -z "$same" ] || echo same; [ "$key" != none ] || echo unpinned`
  return script([install.in(place.directory)], ([{ lines }]) => resultOf(lines), explain)
}

function resultOf([count, how]: readonly string[]): AssetsResult {
  if (count === 'absent') return { changed: false, reason: 'there is no composer.json' }
  const packages = `${count} directories of packages`
  if (how === 'same') return { changed: false, reason: `as before: ${packages}` }
  if (how !== 'unpinned') return { changed: true, reason: packages }
  return {
    changed: true,
    reason: `${packages}, not pinned`,
    warnings: ['there is no composer.lock, so that these are the newest packages that composer.json allows'],
  }
}

function explain(failure: CommandError): Error {
  if (failure.exitCode !== NO_COMPOSER) return explainComposer(failure)
  return new RequirementError({
    what: 'install what composer.json needs',
    host: failure.host,
    why: 'there is no composer, or no PHP to run it',
    remedy: 'install it, or leave it out: Php.at(…).withoutComposer().',
  })
}

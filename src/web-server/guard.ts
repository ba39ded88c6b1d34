import { isIP } from 'node:net'
import { posix } from 'node:path'
import { AS_ROOT } from '../command/as-root.js'
import { ask, type Command } from '../command/command.js'
import { OptionError } from '../errors/option-error.js'

/** The header by which our own requests are let past the maintenance page. */
export const HEADER = 'X-Dye-Check'

/** What a guard has in the place of the header's value. */
export const TOKEN = '%TOKEN%'

/** What visitors see while a site is off. */
export const MAINTENANCE_PAGE =
  '<!DOCTYPE html><title>Maintenance</title><h1>We are updating this site</h1><p>It will be back in a moment.</p>'

/** Seconds after which a visitor's browser, or a search engine, is told to come again. */
export const RETRY_AFTER = 30

/** Where the project's own page is while its site is off, beside the file that tells that it is. */
export function pageShown(maintenance: string): string {
  return `${maintenance}.html`
}

/**
 * Checks a path of a maintenance page.
 *
 * @throws {@link OptionError} for one that is not below a release
 */
export function checkedPage(path: string): string {
  const page = posix.normalize(path)
  if (path !== '' && !posix.isAbsolute(page) && page !== '.' && !page.startsWith('..')) return page
  throw new OptionError(
    'webServer',
    `"${path}" is not a file of a release`,
    'write one like "deploy/maintenance.html".',
  )
}

/** What is said of a release that does not have the page. */
export function pageMissing(page: string): string {
  return `the release has no ${page}: when it is off, visitors will see a plain page`
}

/** Sets `$root`, which makes a command root's. */
export const rootSet = ask`
  ${AS_ROOT}
  PATH=$PATH:/usr/sbin:/sbin`

/** Sets `$root`, and `$new`, a directory that is gone afterwards; what is made is private. */
export const workspace = ask`${rootSet}
  new=$(mktemp -d) && trap 'rm -rf -- "$new" 2>/dev/null || $root rm -rf -- "$new"' EXIT || exit 1
  umask 077`

/** Puts the input into `$new/guard`, with the token of `$new/header`; the token is in no argument vector. */
const guardOfHeader = ask`sed 's/.*: \(.*\)/s|%TOKEN%|\1|/' "$new/header" >"$new/edit" && sed -f "$new/edit" >"$new/guard" || exit 1`

/** Puts the guard from the input into `$new/guard`, with a token that is as good as any if the site has none yet. */
export function guardToTest(header: string): Command {
  return ask`if [ -e ${header} ]; then cp -- ${header} "$new/header"; else echo ${`${HEADER}: new`} >"$new/header"; fi
    ${guardOfHeader}`
}

/** Puts the guard from the input into `$new/guard`, with the site's token, which is made once. */
export function guardToInstall(header: string): Command {
  return ask`
    [ -e ${header} ] || printf ${`${HEADER}: %s\n`} "$(tr -dc a-z0-9 </dev/urandom | head -c 32)" >${header} || exit 1
    cp -- ${header} "$new/header"
    ${guardOfHeader}`
}

/** Checks addresses, or networks such as `192.0.2.0/24`, that see a site that is off. */
export function checkedAddresses(addresses: readonly string[]): readonly string[] {
  const wrong = addresses.find(address => {
    const [ip = '', bits = '0', ...more] = address.split('/')
    return (
      !isIP(ip) || more.length > 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > (isIP(ip) === 6 ? 128 : 32)
    )
  })
  if (wrong === undefined) return addresses
  throw new OptionError(
    'webServer',
    `"${wrong}" is not an address`,
    'write one like "192.0.2.7" or "192.0.2.0/24".',
  )
}

import { posix } from 'node:path'
import { OptionError } from '../errors/option-error.js'
import { type Duration, millisecondsOf } from '../support/clock.js'
import type { SiteTextPlace, WsgiOptions } from './site-settings.js'

const refused = (why: string, remedy?: string) => new OptionError('webServer', why, remedy)

/** True for a text in which nothing has a meaning for a web server, quoted or not. */
const isPlain = (text: string) => /^[\w@+=:,./~-]+$/.test(text)

const LABEL = '[a-z0-9_]([a-z0-9_-]*[a-z0-9])?'
const NAME = new RegExp(`^(\\*\\.)?(${LABEL}\\.)*${LABEL}$`, 'i')

/** Checks the names of a site. */
export function checkedNames(names: readonly [string, ...string[]]): readonly [string, ...string[]] {
  const wrong = names.find(name => !NAME.test(name))
  if (wrong !== undefined)
    throw refused(`"${wrong}" is not the name of a site`, 'write it like "www.example.org".')
  if (names[0].startsWith('*')) throw refused(`"${names[0]}" is the first name, and cannot stand for several`)
  if (new Set(names).size < names.length) throw refused(`of the names ${names.join(', ')} two are the same`)
  return names
}

/** Checks an absolute path of a server. */
export function checkedAbsolute(path: string): string {
  if (!posix.isAbsolute(path)) throw refused(`"${path}" is not an absolute path`)
  if (!isPlain(path)) throw refused(`"${path}" has characters that a web server gives a meaning to`)
  return posix.normalize(path).replace(/(.)\/$/, '$1')
}

/** Checks a path inside the release. */
export function checkedInside(path: string): string {
  const normal = posix.normalize(path).replace(/\/$/, '')
  if (normal.startsWith('..') || /^[/-]/.test(normal)) throw refused(`"${path}" is not inside the release`)
  if (!isPlain(normal)) throw refused(`"${path}" has characters that a web server gives a meaning to`)
  return normal
}

/** Checks the path of a URL, under which files are served. */
export function checkedUrlPath(url: string): string {
  if (/^\/([\w@+=,~-][\w@+=,.~-]*\/?)*$/.test(url)) return url
  throw refused(
    `"${url}" is not the path of a URL`,
    'write it like "/static/", or "/favicon.ico" for one file.',
  )
}

/** Seconds of a length of time. */
export function secondsOf(duration: Duration): number {
  const milliseconds = millisecondsOf(duration)
  if (milliseconds !== undefined) return Math.round(milliseconds / 1000)
  throw refused(`"${duration}" is not a length of time`, 'write it like "90s" or "1h".')
}

/** Bytes of a size as people write it: `20m`. */
export function bytesOf(size: string): number {
  const [, count, unit = ''] = /^([1-9]\d{0,8})([kmg]?)$/i.exec(size) ?? []
  if (count === undefined) throw refused(`"${size}" is not a size`, 'write it like "20m".')
  return Number(count) * 1024 ** ' kmg'.indexOf(unit.toLowerCase() || ' ')
}

/** Checks a whole number of something. */
export function checkedCount(count: number, least: number, most: number, what: string): number {
  if (Number.isInteger(count) && count >= least && count <= most) return count
  throw refused(`${count} is not ${what}`)
}

/** Checks where a server of the application's own listens: `http://127.0.0.1:8000`, or `unix:` and a path. */
export function checkedAddress(address: string, schemes: readonly ('http' | 'unix' | 'tcp')[]): string {
  if (schemes.includes('unix') && address.startsWith('unix:'))
    return `unix:${checkedAbsolute(address.slice(5))}`
  if (schemes.includes('http') && /^https?:\/\/[\w.-]+(:\d{1,5})?$/.test(address)) return address
  throw refused(
    `"${address}" is not where a server can listen`,
    'give the AppServer, "http://127.0.0.1:8000" or "unix:/run/site.sock".',
  )
}

/** Checks how Apache runs a WSGI application. */
export function checkedWsgi(options: WsgiOptions): WsgiOptions {
  const { processes = 1, threads = 1, user, group, virtualenv, more = {} } = options
  checkedCount(processes, 1, 1000, 'a number of processes')
  checkedCount(threads, 1, 1000, 'a number of threads')
  for (const name of [user, group]) {
    if (name !== undefined && !/^[\w.][\w.-]*$/.test(name))
      throw refused(`"${name}" is not the name of a user or group`)
  }
  const wrong = Object.entries(more).find(
    ([name, value]) => !/^[a-z-]+$/.test(name) || !isPlain(String(value)),
  )
  if (wrong) throw refused(`"${wrong.join('=')}" is not an option of WSGIDaemonProcess`)
  return { ...options, ...(virtualenv !== undefined && { virtualenv: checkedInside(virtualenv) }) }
}

/** Checks where the text of a site is for. */
export function checkedPlace(place: SiteTextPlace): SiteTextPlace {
  checkedAbsolute(place.live)
  if (place.virtualenv !== undefined) checkedInside(place.virtualenv)
  return place
}

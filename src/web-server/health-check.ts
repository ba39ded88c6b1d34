import { ask, type Command, raw, type Word } from '../command/command.js'
import type { CommandResult } from '../command/result.js'
import { type Script, script } from '../command/script.js'
import type { CommandError } from '../errors/command-error.js'
import { HealthError } from '../errors/health-error.js'
import { OptionError } from '../errors/option-error.js'
import type { CallOptions, Host } from '../host/host.js'
import { logOf } from '../support/log.js'

const log = logOf('web-server')

/** What makes a site well. */
export interface HealthOptions {
  /** Seconds that it may take until the site answers well. @defaultValue 30 */
  readonly seconds?: number
  /** A text that stands in the answer. @defaultValue any answer with a status below 400 will do */
  readonly contains?: string
  /** `any`: a certificate that nobody has vouched for will do, too. @defaultValue `trusted` */
  readonly certificate?: 'trusted' | 'any'
  /**
   * Whether the answer has to prove that it is the new release's, by a header `X-Dye-Release` with its name. `true`: it
   * has to; `false`: nobody looks. @defaultValue if it has that header, it has to be right; and mod_wsgi may not go on
   * running what is older than the release
   */
  readonly release?: boolean
  /**
   * A function that judges an answer which is good otherwise: true, or false or a text that says why not, as is what it
   * throws. It is asked again, with another answer, until it is content or the time is up. @defaultValue none
   */
  readonly accept?: (answer: HealthAnswer) => boolean | string | Promise<boolean | string>
}

/** What a site answered. */
export interface HealthAnswer {
  readonly url: string
  readonly status: number
  /** By their names in lower case; of several with one name the values are joined. */
  readonly headers: Readonly<Record<string, string>>
  /** The first 64 KiB. */
  readonly body: string
}

/** A check that takes several round trips; resolves with what was seen, for people. */
export type HealthTalk = (host: Host, options?: CallOptions) => Promise<string>

/** What a user wishes to be asked. */
export interface HealthWish {
  /** @defaultValue the start page of the first name in the configuration */
  readonly url?: string
  readonly options: HealthOptions
}

/** @throws {@link OptionError} for what is not a URL */
export function healthWish(url: string, options: HealthOptions): HealthWish {
  if (!URL.canParse(url)) throw new OptionError('webServer', `"${url}" is not a URL`)
  return { url, options }
}

/** What is asked of a site, and how. */
export interface HealthCheck {
  /** Prints the URL: known beforehand, or found on the server. */
  readonly url: Command
  /** File with a line `Name: value`: the header that is let past the maintenance page. */
  readonly headerFile: string
  /** Prints what the web server has to say when the site does not answer. */
  readonly logTail: Command
  /** What a good answer is; without its `accept`. @defaultValue a status below 400 within 30 seconds */
  readonly options?: HealthOptions
  /** Name of the release that has to answer. @defaultValue any */
  readonly release?: string
  /** Prints why what runs is older than the release, if it is. */
  readonly stale?: Command
}

/** One look at a site: how it is asked, by whom it is told what was seen, and until when. */
interface Asking {
  readonly check: HealthCheck
  /** Seconds that it may take until it answers well. */
  readonly seconds: number
  /** Prints the answer, which is in `$body` and `$heads`. */
  readonly tell: Command
}

/** The header by which an application tells which release it is. */
const RELEASE_HEADER = 'X-Dye-Release'

/** Exit code of our own: the site did not answer well in time. */
const UNHEALTHY = 5

/** Answers with a status of 400 or more that are taken for final: visitors get them too. */
const REFUSALS = 5

const FETCH = `
import ssl, sys, urllib.error, urllib.parse, urllib.request
url, body, heads, header_file, certificate = sys.argv[1:6]
parts = urllib.parse.urlsplit(url)
target = parts._replace(netloc='127.0.0.1' + (':%d' % parts.port if parts.port else '')).geturl()
name, value = open(header_file).read().strip().split(': ', 1)
request = urllib.request.Request(target, headers={'Host': parts.netloc, name: value})
context = ssl.create_default_context()
if certificate == 'any':
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
else:
    wrap = context.wrap_socket
    context.wrap_socket = lambda *words, **options: wrap(*words, **dict(options, server_hostname=parts.hostname))
class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *ignored):
        return None
handlers = [urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context), Stay()]
try:
    answer = urllib.request.build_opener(*handlers).open(request, timeout=10)
except urllib.error.HTTPError as error:
    answer = error
open(body, 'wb').write(answer.read())
open(heads, 'w', encoding='utf-8').write('\\n%s' % answer.headers)
print(answer.status if hasattr(answer, 'status') else answer.code)
`

/**
 * Asks a site on the server itself, again and again until it answers with a status below 400 and the text that is wished
 * for, has refused five times, or the time is up. The name in the URL is not looked up: the request goes to this machine.
 * An answer of an older release is no refusal: the new one may be about to come.
 */
export function healthCheck(check: HealthCheck): Script<string> {
  const { seconds = 30 } = check.options ?? {}
  const read = ({ stdout }: CommandResult) => {
    log('%s', stdout)
    return stdout
  }
  return script([asking({ check, seconds, tell: ask`:` })], ([result]) => read(result), explained)
}

/** Another account of a failure that means that the site did not answer well. */
export function explained(failure: CommandError): Error {
  if (failure.exitCode !== UNHEALTHY) return failure
  return unhealthy(failure.host, failure.stdout.trim(), failure.stderr)
}

/** The site did not answer well: it said `said`. */
export function unhealthy(host: string, said: string, output?: string): HealthError {
  const account = { what: 'see the new release answer', host, why: `it said ${said}` }
  return new HealthError({ ...account, ...(output !== undefined && { output }) })
}

/** The first line it prints tells status and URL of a good answer. */
export function asking({ check, seconds, tell }: Asking): Command {
  const { url, headerFile, logTail, options = {} } = check
  const trust: readonly Word[] = options.certificate === 'any' ? ['--insecure'] : []
  const fetch = (...words: readonly Word[]) => ask`
      if command -v curl >/dev/null; then
        curl -sS --noproxy '*' -D "$heads" -o "$body" -w '%{http_code}' --max-time 10 --connect-to ::127.0.0.1: ${trust} -H @${headerFile} -- ${words}
      else
        python3 -c ${FETCH} ${words} "$body" "$heads" ${headerFile} ${options.certificate ?? 'trusted'}
      fi`
  return ask`
    url=$(${url}); body=$(mktemp) && heads=$body.heads && trap 'rm -f -- "$body" "$heads"' EXIT || exit 1
    end=$(($(date +%s) + ${seconds})); refusals=0
    while :; do
      status=$(${fetch(raw('"$url"'))} 2>"$body.err"); heard=$(cat -- "$body.err"); rm -f -- "$body.err"
      case $status in
        [23]??) heard=; ${lacking(check)}
          [ -n "$heard" ] || { echo "$status from $url"; ${tell}; exit 0; };;
        [45]??) refusals=$((refusals + 1));;
      esac
      [ "$refusals" -lt ${REFUSALS} ] && [ "$(date +%s)" -lt "$end" ] || break
      sleep 0.5
    done
    echo "\${status:-no answer} from $url \${heard}"; head -c 300 -- "$body" >&2; echo >&2; ${logTail} >&2; exit ${UNHEALTHY}`
}

/** Sets `$heard` to what an answer lacks, if it lacks something. */
function lacking({ release, stale, options: { contains, release: wish } = {} }: HealthCheck): Command {
  const text =
    contains === undefined
      ? ask`:`
      : ask`grep -qF -e ${contains} -- "$body" || { heard="without the text that is wished for"; refusals=$((refusals + 1)); }`
  if (release === undefined || wish === false) return text
  const required = wish === true ? ask`heard=${`without a header ${RELEASE_HEADER}`}` : ask`:`
  return ask`${text}
          told=$(sed -n ${`s/^${RELEASE_HEADER}:[[:space:]]*//Ip`} -- "$heads" | tr -d '\r' | head -n 1)
          case $told in
            ${release}) ;;
            '') ${required};;
            *) heard="while the old release still answers: ${raw(RELEASE_HEADER)} says $told";;
          esac
          if [ -z "$told$heard" ]; then heard=$(${stale ?? ask`:`}); fi`
}

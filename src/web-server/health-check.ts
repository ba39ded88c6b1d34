import { ask, type Command, raw, type Word } from '../command/command.js'
import { type Script, script } from '../command/script.js'
import { HealthError } from '../errors/health-error.js'
import { OptionError } from '../errors/option-error.js'

/** What makes a site well. */
export interface HealthOptions {
  /** Seconds that it may take until the site answers well. @defaultValue 30 */
  readonly seconds?: number
  /** A text that stands in the answer. @defaultValue any answer with a status below 400 will do */
  readonly contains?: string
  /** `any`: a certificate that nobody has vouched for will do, too. @defaultValue `trusted` */
  readonly certificate?: 'trusted' | 'any'
}

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
  /** What a good answer is. @defaultValue a status below 400 within 30 seconds */
  readonly options?: HealthOptions
}

/** Exit code of our own: the site did not answer well in time. */
const UNHEALTHY = 5

/** Answers with a status of 400 or more that are taken for final: visitors get them too. */
const REFUSALS = 5

const FETCH = `
import ssl, sys, urllib.error, urllib.parse, urllib.request
url, body, header_file, certificate = sys.argv[1:5]
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
print(answer.status if hasattr(answer, 'status') else answer.code)
`

/**
 * Asks a site on the server itself, again and again until it answers with a status below 400 and the text that is wished
 * for, has refused five times, or the time is up. The name in the URL is not looked up: the request goes to this machine.
 */
export function healthCheck({ url, headerFile, logTail, options = {} }: HealthCheck): Script<string> {
  const { seconds = 30, contains, certificate = 'trusted' } = options
  const trust: readonly Word[] = certificate === 'any' ? ['--insecure'] : []
  const fetch = (...words: readonly Word[]) => ask`
      if command -v curl >/dev/null; then
        curl -sS --noproxy '*' -o "$body" -w '%{http_code}' --max-time 10 --connect-to ::127.0.0.1: ${trust} -H @${headerFile} -- ${words}
      else
        python3 -c ${FETCH} ${words} "$body" ${headerFile} ${certificate}
      fi`
  const lacks =
    contains === undefined
      ? ask`:`
      : ask`grep -qF -e ${contains} -- "$body" || heard="without the text that is wished for"`
  const command = ask`
    url=$(${url}); body=$(mktemp) && trap 'rm -f -- "$body"' EXIT || exit 1
    end=$(($(date +%s) + ${seconds})); refusals=0
    while :; do
      status=$(${fetch(raw(`"$url"`))} 2>"$body.err"); heard=$(cat -- "$body.err"); rm -f -- "$body.err"
      case $status in
        [23]??) heard=; ${lacks}; [ -n "$heard" ] || { echo "$status from $url"; exit 0; }; refusals=$((refusals + 1));;
        [45]??) refusals=$((refusals + 1));;
      esac
      [ "$refusals" -lt ${REFUSALS} ] && [ "$(date +%s)" -lt "$end" ] || break
      sleep 0.5
    done
    echo "\${status:-no answer} from $url \${heard}"; head -c 300 -- "$body" >&2; echo >&2; ${logTail} >&2; exit ${UNHEALTHY}`
  return script(
    [command],
    ([{ stdout }]) => stdout,
    failure =>
      failure.exitCode === UNHEALTHY
        ? new HealthError({
            what: 'see the new release answer',
            host: failure.host,
            why: `it said ${failure.stdout.trim()}`,
            output: failure.stderr,
          })
        : failure,
  )
}

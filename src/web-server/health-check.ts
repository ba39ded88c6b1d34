import { ask, type Command, raw, type Word } from '../command/command.js'
import { type Script, script } from '../command/script.js'
import { HealthError } from '../errors/health-error.js'

/** What is asked of a site to know whether it is well. */
export interface HealthCheck {
  /** Prints the URL: known beforehand, or found on the server. */
  readonly url: Command
  /** File with a line `Name: value`: the header that is let past the maintenance page. */
  readonly headerFile: string
  /** Seconds that it may take until the site answers at all. */
  readonly seconds: number
  /** Prints what the web server has to say when the site does not answer. */
  readonly logTail: Command
}

/** Exit code of our own: the site did not answer well in time. */
const UNHEALTHY = 5

/** Answers with a status of 400 or more that are taken for final: visitors get them too. */
const REFUSALS = 5

/**
 * Asks a site on the server itself, again and again until it answers with a status below 400, has refused
 * five times, or the time is up. The name in the URL is not looked up: the request goes to this machine.
 */
export function healthCheck({ url, headerFile, seconds, logTail }: HealthCheck): Script<string> {
  const fetch = (...words: readonly Word[]) => ask`
      if command -v curl >/dev/null; then
        curl -sS --noproxy '*' -o "$body" -w '%{http_code}' --max-time 10 --connect-to ::127.0.0.1: -H @${headerFile} -- ${words}
      else
        python3 - ${words} "$body" ${headerFile} <<'PYTHON'
import sys, urllib.error, urllib.parse, urllib.request
url, body, header_file = sys.argv[1:4]
parts = urllib.parse.urlsplit(url)
target = parts._replace(netloc='127.0.0.1' + (':%d' % parts.port if parts.port else '')).geturl()
name, value = open(header_file).read().strip().split(': ', 1)
request = urllib.request.Request(target, headers={'Host': parts.netloc, name: value})
try:
    answer = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10)
except urllib.error.HTTPError as error:
    answer = error
open(body, 'wb').write(answer.read())
print(answer.status if hasattr(answer, 'status') else answer.code)
PYTHON
      fi`
  const command = ask`
    url=$(${url}); body=$(mktemp) && trap 'rm -f -- "$body"' EXIT || exit 1
    end=$(($(date +%s) + ${seconds})); refusals=0
    while :; do
      status=$(${fetch(raw(`"$url"`))} 2>"$body.err"); heard=$(cat -- "$body.err"); rm -f -- "$body.err"
      case $status in [23]??) echo "$status from $url"; exit 0;; esac
      case $status in [45]??) refusals=$((refusals + 1));; esac
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

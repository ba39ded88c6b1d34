import { ask } from '../command/command.js'

/**
 * Sets where Apache has its files, as Debian or Red Hat lays it out: `$etc`, and below it `$main`, `$sites`, `$confs`;
 * `$log`; `$program`; `$tester`, which takes arguments, and `$ctl`, which does not everywhere.
 */
export const APACHE = ask`
  if [ -d /etc/apache2/sites-enabled ]; then
    etc=/etc/apache2 main=apache2.conf sites=sites-enabled confs=conf-enabled log=/var/log/apache2/error.log
    program=apache2 tester=apache2ctl ctl=apache2ctl
  elif [ -d /etc/httpd/conf.d ]; then
    etc=/etc/httpd main=conf/httpd.conf sites=conf.d confs=conf.d log=/var/log/httpd/error_log
    program=httpd tester=httpd ctl=apachectl
  else
    echo 'Apache is not installed as on Debian (/etc/apache2/sites-enabled) or Red Hat (/etc/httpd/conf.d)' >&2; exit 1
  fi`

/** Prints what is listened on: whatever the conditions, if `all` is set. */
const LISTENING = `
{ word = tolower($1) }
word ~ /^<if/ { depth++ }
word ~ /^<[/]if/ { depth-- }
word == "listen" && (all || !depth) { print $2 }
`

/** Prints which of the addresses from the input are taken; then come the kernel's tables. */
const TAKEN = `
FNR == NR {
  port = $1; sub(/^.*:/, "", port); address = ""
  if (split($1, part, /[.:]/) == 5) address = sprintf("%02X%02X%02X%02X", part[4], part[3], part[2], part[1])
  wanted[$1] = sprintf("%04X", port); at[$1] = address == "00000000" ? "" : address; next
}
$4 == "0A" {
  split($2, local, ":")
  for (each in wanted) if (wanted[each] == local[2] && (at[each] == "" || local[1] ~ /^0+$/ || local[1] == at[each])) taken[each]
}
END { for (each in taken) print each }
`

/**
 * Ends it when the site in `$wanted` wants to listen where another program does: no test of Apache's says so, and it
 * would not outlive a reload with that.
 */
export const FREE_PORTS = ask`
  awk -v all=1 ${LISTENING} "$etc"/*.conf "$etc/$main" "$etc/$sites"/*.conf 2>/dev/null >"$new/listening"
  awk ${LISTENING} "$wanted" | grep -vxF -f "$new/listening" >"$new/more"
  taken=; [ ! -s "$new/more" ] || taken=$(awk ${TAKEN} "$new/more" $(ls /proc/net/tcp /proc/net/tcp6 2>/dev/null))
  [ -z "$taken" ] || { printf 'Address already in use: Listen %s\n' $taken >&2; exit 1; }`

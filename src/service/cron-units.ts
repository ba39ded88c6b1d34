import { CALENDAR } from './cron-calendar.js'

/**
 * A program of awk that makes units of systemd out of one cron file. It is told by its environment: `PROJECT`, `FOLDER`
 * (`cron.d`, `cron.daily`, …), `LABEL` for messages, `KEEPER`, which is the first line of each unit, and `UNIT`, the path of
 * the units without their ending; where a file has several jobs they are numbered. What cannot be done is told on the
 * error stream, a line that begins with `warning` each.
 *
 * What is left to systemd: there is never a second run of a job beside one that has not ended; output is in the journal.
 */
export const UNITS = String.raw`${CALENDAR}
function warn(why) { print "warning " ENVIRON["LABEL"] ", line " NR ": " why | "cat 1>&2" }
# values in which only % has a meaning, and words in quotes; in commands, $ has one, too
function plain(text) { gsub(/%/, "%%", text); return text }
function quoted(text, isCommand,    i, each, out) {
  for (i = 1; i <= length(text); i++) {
    each = substr(text, i, 1)
    if (each == "\\" || each == "\"") each = "\\" each
    else if (each == "%" || (each == "$" && isCommand)) each = each each
    out = out each
  }
  return "\"" out "\""
}
function variable(name, value) { return "Environment=" quoted(name "=" value) "\n" }
# users are asked for once
function isUser(name) {
  if (name !~ /^[A-Za-z_][A-Za-z0-9_.-]*[$]?$/) return 0
  if (!(name in users)) users[name] = system("id -u -- '" name "' >/dev/null 2>&1") == 0
  return users[name]
}
# splits what cron runs from what that reads: the first % that is not escaped ends it, those after it end lines
function read_command(text,    i, each, next_one) {
  command = input = ""
  for (i = 1; i <= length(text); i++) {
    each = substr(text, i, 1); next_one = substr(text, i + 1, 1)
    if (each == "\\" && (next_one == "%" || next_one == "\\")) { command = command next_one; i++ }
    else if (each == "%") { input = substr(text, i + 1); return }
    else command = command each
  }
}
function standard_input(text,    i, each, out) {
  if (text == "") return ""
  if (text == "%") return "StandardInput=data\nStandardInputData=Cg==\n"
  if (substr(text, length(text) - 1) != "\\%") sub(/%$/, "", text)
  for (i = 1; i <= length(text); i++) {
    each = substr(text, i, 1)
    if (each == "\\" && substr(text, i + 1, 1) == "%") { out = out "%%"; i++ }
    else if (each == "\\") out = out "\\\\"
    else if (each == "%") out = out "\\n"
    else if (each == " " && (i == 1 || i == length(text))) out = out "\\x20"
    else out = out each
  }
  return "StandardInput=data\nStandardInputText=" out "\n"
}
function put(path, when, what,    head, name) {
  name = path; sub(/.*\//, "", name)
  head = ENVIRON["KEEPER"] "\n[Unit]\nDescription=" plain(ENVIRON["PROJECT"] ": " ENVIRON["LABEL"]) "\n\n"
  print head "[Timer]\n" when "\n[Install]\nWantedBy=timers.target" > (path ".timer")
  print head "[Service]\nType=oneshot\nKillMode=process\nSyslogIdentifier=" name "\n" what > (path ".service")
}
function run_parts(time, delay) {
  put(ENVIRON["UNIT"], "OnCalendar=" time "\nRandomizedDelaySec=" delay "\nPersistent=true\n",
    "User=root\nWorkingDirectory=/\nExecStart=" quoted(ARGV[1], 1))
}
BEGIN {
  # the times of Debian's crontab
  if (ENVIRON["FOLDER"] == "cron.hourly") { run_parts("*-*-* *:17:00", "5min"); exit }
  if (ENVIRON["FOLDER"] == "cron.daily") { run_parts("*-*-* 06:25:00", "30min"); exit }
  if (ENVIRON["FOLDER"] == "cron.weekly") { run_parts("Sun *-*-* 06:47:00", "30min"); exit }
  if (ENVIRON["FOLDER"] == "cron.monthly") { run_parts("*-*-01 06:52:00", "30min"); exit }
  shell = "/bin/sh"; directory = "~"; environment = variable("PATH", "/usr/bin:/bin") variable("SHELL", shell)
  often["@hourly"] = "0 * * * *"; often["@daily"] = often["@midnight"] = "0 0 * * *"; often["@weekly"] = "0 0 * * 0"
  often["@monthly"] = "0 0 1 * *"; often["@yearly"] = often["@annually"] = "0 0 1 1 *"
}
{ rest = $0; sub(/^[ \t]+/, "", rest); sub(/\r$/, "", rest) }
rest == "" || rest ~ /^#/ { next }
rest ~ /^["']?[A-Za-z_][A-Za-z0-9_]*["']?[ \t]*=/ {
  name = value = rest
  sub(/[ \t]*=.*/, "", name); gsub(/["']/, "", name)
  sub(/^[^=]*=[ \t]*/, "", value); sub(/[ \t]+$/, "", value)
  if (length(value) > 1 && value ~ /^(".*"|'.*')$/) value = substr(value, 2, length(value) - 2)
  if (name == "MAILTO") { if (value != "") warn("nobody is sent mail, what jobs print is in the journal"); next }
  if (name == "CRON_TZ") { warn("CRON_TZ is not heeded, times are those of the server"); next }
  if (name == "MAILFROM" || name ~ /^CONTENT_/ || name == "LOGNAME") next
  if (name == "SHELL" && value !~ /^\/[A-Za-z0-9_.\/+-]+$/) { warn("\"" value "\" is no shell"); next }
  if (name == "SHELL") shell = value
  if (name == "HOME") directory = value
  environment = environment variable(name, value)
  next
}
{
  when = ""; fault = ""
  if (rest ~ /^@/) {
    each = tolower(word())
    if (each == "@reboot") when = "OnBootSec=10s\n"
    else if (each in often) rest = often[each] " " rest
    else fault = "\"" each "\""
  }
  if (when == "" && fault == "") {
    when = calendar()
    gsub(/\n/, "\nOnCalendar=", when)
    when = "OnCalendar=" when "\nAccuracySec=1s\n"
  }
  if (fault != "") { warn(fault " is not understood, so the job is left out"); next }
  user = word()
  if (!isUser(user)) { warn("there is no user \"" user "\", so the job is left out"); next }
  if (rest == "") { warn("there is no command, so the job is left out"); next }
  read_command(rest)
  times[++jobs] = when
  services[jobs] = "User=" user "\nWorkingDirectory=-" plain(directory) "\n" environment standard_input(input) \
    "ExecStart=" shell " -c " quoted(command, 1)
}
END { for (i = 1; i <= jobs; i++) put(ENVIRON["UNIT"] (jobs > 1 ? "-" i : ""), times[i], services[i]) }
`

/**
 * Functions of awk that translate cron's times to systemd's, for a server to do by itself: `calendar(line)` takes the five
 * fields off the front of `rest` and gives values of `OnCalendar=`, two of them if the days of month and of week are both
 * restricted, since cron runs on either then. It gives '' for what cron would not take either, with the reason in `fault`.
 *
 * Every field becomes a plain list of numbers, so that nothing depends on what systemd makes of steps.
 */
export const CALENDAR = String.raw`
function word(    found) {
  match(rest, /^[^ \t]*/); found = substr(rest, 1, RLENGTH)
  rest = substr(rest, RLENGTH + 1); sub(/^[ \t]+/, "", rest)
  return found
}
function number(text, names,    at) {
  if (text ~ /^[0-9][0-9]?$/) return text + 0
  at = length(text) == 3 ? index(names, " " tolower(text) " ") : 0
  return at ? int(at / 4) + (names ~ /jan/) : -1
}
# whether a field can be read; its numbers are keys of the set
function numbers(set, field, low, high, names,    parts, count, i, part, step, ends, from, to) {
  split("", set)
  count = split(field, parts, ",")
  for (i = 1; i <= count; i++) {
    part = parts[i]; step = 1
    if (part ~ /^([*]|.+-.+)\/[0-9]+$/) { step = part; sub(/.*\//, "", step); step += 0; sub(/\/.*/, "", part) }
    if (part == "*") { from = low; to = high }
    else if (split(part, ends, "-") == 2) { from = number(ends[1], names); to = number(ends[2], names) }
    else from = to = number(part, names)
    if (from < low || to > high || from > to || step < 1) return 0
    for (; from <= to; from += step) set[from] = 1
  }
  return count > 0
}
function listed(set, low, high,    text, from, to) {
  for (from = low; from <= high; from = to + 1) {
    to = from
    if (!(from in set)) continue
    while (to < high && (to + 1) in set) to++
    if (from == low && to == high) return "*"
    text = text "," sprintf(to > from ? "%02d..%02d" : "%02d", from, to)
  }
  return substr(text, 2)
}
function calendar(    minute, hour, day, month, weekday, minutes, hours, days, months, weekdays, time, date, each, on) {
  minute = word(); hour = word(); day = word(); month = word(); weekday = word(); fault = ""
  if (!numbers(minutes, minute, 0, 59)) fault = "the minute \"" minute "\""
  else if (!numbers(hours, hour, 0, 23)) fault = "the hour \"" hour "\""
  else if (!numbers(days, day, 1, 31)) fault = "the day of the month \"" day "\""
  else if (!numbers(months, month, 1, 12, " jan feb mar apr may jun jul aug sep oct nov dec ")) fault = "the month \"" month "\""
  else if (!numbers(weekdays, weekday, 0, 7, " sun mon tue wed thu fri sat ")) fault = "the day of the week \"" weekday "\""
  if (fault != "") return ""
  if (7 in weekdays) weekdays[0] = 1
  for (each = 0; each < 7; each++) if (each in weekdays) on = on "," substr("SunMonTueWedThuFriSat", each * 3 + 1, 3)
  on = length(on) == 28 ? "" : substr(on, 2) " "
  time = " " listed(hours, 0, 23) ":" listed(minutes, 0, 59) ":00"
  date = "*-" listed(months, 1, 12) "-"
  if (day ~ /^[*]/ || weekday ~ /^[*]/) return on date listed(days, 1, 31) time
  return date listed(days, 1, 31) time "\n" on date "*" time
}
`

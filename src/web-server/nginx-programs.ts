/**
 * Copies a configuration of nginx, with `include <guard>;` at the start of each `server` block; `guard` is a variable.
 * Fails for one that has none.
 */
export const GUARDED = `
function code(line) { sub(/(^|[[:space:]])#.*/, "", line); return line }
function guarded(text) { found++; return text "\\n    include " guard ";" }
{
  line = $0; done = ""; plain = code(line)
  if (pending && plain ~ /[^[:space:]]/) {
    pending = 0
    if (match(plain, /^[[:space:]]*[{]/)) {
      done = guarded(substr(line, 1, RLENGTH)) "\\n"; line = substr(line, RLENGTH + 1); plain = substr(plain, RLENGTH + 1)
    }
  }
  while (match(plain, /(^|[;{}[:space:]])server[[:space:]]*[{]/)) {
    end = RSTART + RLENGTH
    done = done guarded(substr(line, 1, end - 1)) "\\n"; line = substr(line, end); plain = substr(plain, end)
  }
  if (plain ~ /(^|[;{}[:space:]])server[[:space:]]*$/) pending = 1
  print done line
}
END { if (!found) { print "there is no server block in " FILENAME > "/dev/stderr"; exit 1 } }
`

/** Prints the URL of the first server that has a name: by https if it listens there. */
export const FIRST_URL = `
{ sub(/(^|[[:space:]])#.*/, ""); text = text " " $0 }
END {
  count = split(text, parts, ";"); name = ""; scheme = "http"; port = ""
  for (at = 1; at <= count; at++) {
    part = parts[at]
    if (part ~ /(^|[{}[:space:]])server[[:space:]]*[{]/) { if (name != "") break; scheme = "http"; port = "" }
    gsub(/^.*[{}]/, "", part); words = split(part, word, " ")
    if (word[1] == "listen") {
      if (part ~ / ssl( |$)/) scheme = "https"
      number = word[2]; sub(/^.*:/, "", number)
      if (number ~ /^[0-9]+$/ && port == "") port = number
    }
    if (word[1] == "server_name" && words > 1 && word[2] !~ /^[_~*]/ && name == "") name = word[2]
  }
  if (name == "") name = "localhost"
  sub(/^[.]/, "", name)
  if (port == "" || (scheme == "http" && port == 80) || (scheme == "https" && port == 443)) port = ""; else port = ":" port
  print scheme "://" name port "/"
}
`

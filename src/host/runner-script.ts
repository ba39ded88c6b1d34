/** Seconds of silence after which the server takes the controller for dead. */
export const SILENCE_LIMIT_S = 30

/** Milliseconds between two signs of life of the controller. */
export const HEARTBEAT_MS = 5_000

/** What a frame asks of the runner: run a script, keep a guard, know that we live, or leave. */
export type FrameKind = 'run' | 'guard' | 'heartbeat' | 'quit'

const LETTER: Record<FrameKind, string> = { run: 'r', guard: 'g', heartbeat: 'h', quit: 'q' }

/** A frame on the wire: one letter, eleven digits with the body's length in bytes, the body. */
export function frame(kind: FrameKind, body = ''): string {
  return `${LETTER[kind]}${String(Buffer.byteLength(body)).padStart(11, '0')}${body}`
}

/**
 * The program that sits at the far end of a session: it reads frames, runs what they hold, and prints a
 * marker with the exit code after each command, on both streams.
 *
 * - Each command runs in a subshell without input, so that it can neither eat the frames nor end the runner.
 * - `TERM` ends the commands of its process group, while the runner itself goes on: it has a handler, which
 *   they do not inherit, while they run, and lets no command follow; and it ignores the signal, which its readers do inherit, while it reads.
 * - A controller that cannot be told of a command's end is gone: no command follows then, either.
 * - When the controller is gone or silent it runs the guard, then ends, and with it the lock it holds.
 */
export function runnerScript(token: string): string {
  return `main() {
umask 022
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
T=${token} guard= cut=
mark() { printf '\\036%s %s %s\\n' "$T" "$1" "$2"; printf '\\036%s %s %s\\n' "$T" "$1" "$2" >&2; }
judge() {
[ -z "$cut" ] || code=143
mark "$1" "$code" && [ "$code" -ne 143 ] && case " $2 " in *" $code "*|' any ') ;; *) return 1;; esac
}
run() { ( unset T frame guard; eval "$3" ) </dev/null; code=$?; judge "$1" "$2"; }
keep() { { eval "$3"; } </dev/null; code=$?; judge "$1" "$2"; }
mark hello $$
while trap '' TERM INT HUP PIPE; do
head=$(timeout -s KILL ${SILENCE_LIMIT_S} head -c 12)
frame=$(head -c "\${head#?}" 2>/dev/null; echo .)
[ "\${#head}" -eq 12 ] && [ "\${#frame}" -eq "$((1\${head#?} - 99999999999))" ] || break
cut=; trap cut=yes TERM; trap : INT HUP PIPE
case $head in
r*) eval "\${frame%.}";;
g*) guard=\${frame%.};;
q*) exit 0;;
esac
done
exec >/dev/null 2>&1
[ -z "$guard" ] || ( eval "$guard" ) </dev/null
}
main
`
}

/** Seconds that processes get to end before they are killed. */
const GRACE_S = 5

/**
 * The program that ends what a session runs: `TERM` for the whole process group, whose shell has a handler, then
 * `KILL` for all that is left after a while but that shell and its own readers. As root too: commands may be root's.
 */
export function killScript(group: number, sudo: string): string {
  return `left() { ps -eo pid=,pgid=,ppid=,comm= | awk '$2 == ${group} && $1 != ${group} && !($3 == ${group} && $4 == "head") { print $1 }'; }
end() { kill -s "$@"; ${sudo} kill -s "$@"; }
end TERM -- -${group}
tries=0
while [ -n "$(left)" ]; do
[ "$tries" -lt ${GRACE_S * 10} ] || { end KILL $(left); exit; }
tries=$((tries + 1)); sleep 0.1
done
`
}

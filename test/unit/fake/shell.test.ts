import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, raw } from '../../../src/command/command.js'
import { FakeHost } from '../../../src/testing.js'

let directory: string
let host: FakeHost

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dye-shell-'))
  host = FakeHost.server()
  await host.files.makeDirectory(directory)
})

afterAll(() => rm(directory, { recursive: true, force: true }))

/** Scripts whose output and exit code must be those of the real shell and its programs. */
const SCRIPTS: readonly string[] = [
  // words
  `printf '<%s>' a "b c" 'd"e' f\\ g; x='1  2'; printf '<%s>' $x "$x"`,
  `set -- 'a b' c; printf '<%s>' "$@"; printf '<%s>' $*; printf '<%s>' "$*"; echo $# "\${2}" "\${#1}"`,
  `set -- echo a 'b c'; "$@" d; set --; "$@" echo none`,
  `root="env A=1"; $root sh -c 'echo $A'; root=; $root echo plain`,
  `a=one.two.three; echo "\${a#*.} \${a##*.} \${a%.*} \${a%%.*} \${a:-x} \${b:-y} \${b-z} \${a:+set} \${b:+set}"`,
  `: "\${c:=given}"; echo "$c"; echo "\${d:-"a  b"}" \${d:-a  b}`,
  `r=5; printf '{"a":1%s%s}\\n' "\${r:+,\\"b\\":\\"$r\\"}" "\${none:+,\\"c\\"}"; echo "\${none:-a\\}b}"`,
  `x="a'b"; printf '%s\\n' "\${x%\\'*}"`,
  `echo $((1 + 2 * 3)) $((7 / 2)) $((7 % 3)) $(( (1 < 2) && !0 )) $((5 > 3 ? 10 : 20)) $((-3 + 1)); n=4; echo $((n * n)) $(($(echo 2) + 1))`,
  `IFS=:; x=a:b::c; set -- $x; echo $#; printf '<%s>' "$@"`,
  `echo "$(echo a; echo b)" $(printf 'c\\n\\n\\n'); x=$(exit 3); echo $?; echo \`echo old \\\`echo nested\\\`\``,
  `echo a\\
b; echo 'c\\
d'`,
  `echo *.none; touch x1 x2 .x3; echo x*; echo "x*" x[12] x[!1]; echo ./x?; rm x1 x2 .x3`,
  `cat <<A; cat <<'B'
$((1 + 1)) \\$x "q" $(echo sub)
A
$((1 + 1)) \\$x
B`,
  `a=1 b="<$a>" c=$b; echo "$c"; a=2 d=$(echo $a); echo "$d"`,
  `x=1; f() { local x=2; echo $x; return 4; }; f; echo $? $x`,
  `x=a; (x=b; echo $x); echo $x; { x=c; }; echo $x`,
  `echo one | { read -r a; echo "<$a>"; }; printf 'a b c\\n' | while read -r x y; do echo "$y|$x"; done`,
  `printf 'a\\\\b\\n' | { read x; echo "$x"; }; printf ' lead \\n' | { IFS= read -r x; echo "<$x>"; }; printf 'end' | { read -r x; echo "$? $x"; }`,
  // control
  `if false; then echo a; elif true; then echo b; else echo c; fi; if false; then :; fi; echo $?`,
  `for i in 1 2 3 4; do [ $i = 2 ] && continue; [ $i = 4 ] && break; echo $i; done`,
  `n=0; until [ $n -ge 3 ]; do n=$((n + 1)); done; echo $n; while :; do break; done; echo $?`,
  `for i in 1 2; do for j in a b; do [ $j = b ] && continue 2; echo $i$j; done; done`,
  `case abc in a|b) echo no;; a*) echo yes;; *) echo other;; esac; case '*' in '*') echo star;; esac; case x in [!a-c]) echo class;; esac`,
  `case "a b" in "a "*) echo q;; esac; case 'x;y' in *[!A-Za-z]*) echo odd ;; esac`,
  `true && false || echo or; ! true; echo $?; ! false && echo not`,
  `f() { echo "$1-$#"; shift; [ $# -eq 0 ] || f "$@"; }; f a b c`,
  `(exit 5); echo $?; sh -c 'exit 6'; echo $?; sh -c 'echo "$0 $1"' zero one; eval 'x=5; echo $x'`,
  `trap 'echo bye' EXIT; echo hi; exit 3`,
  `( trap 'echo inner' EXIT; exit 2 ); echo $?; f() { trap 'echo late' EXIT; }; f; echo early`,
  `set -e; false || echo kept; if false; then :; fi; (false; echo no); echo unreached`,
  `command -v nonesuch; echo $?; command -v cd; command -v true; echo $?`,
  `x=5 sh -c 'echo $x'; echo "<$x>"; export y=6; sh -c 'echo $y'; unset y; echo "<$y>"`,
  `nonesuch_file/x; echo $?; cd nonesuch 2>/dev/null; echo $?; exit 97`,
  // streams
  `{ echo out; echo err >&2; } 2>&1 >/dev/null | cat; echo x >f; echo y >>f; cat <f; wc -c <f; rm f`,
  `(exec 4>&1
eval "$( { { (echo hi; exit 3) 3>&-; echo "c0=$?" >&3; } 4>&- | { (cat; exit 2) 3>&-; echo "c1=$?" >&3; } >&4 4>&-
} 3>&1 )"
echo "$c0 $c1")`,
  `exec 3>&1 1>/dev/null; echo lost; echo kept >&3; exec 1>&3; echo back`,
  `x=$( { echo a >&3; echo b; } 3>&1 >/dev/null ); echo "<$x>"; set -C; echo a >g; (echo b >g) 2>/dev/null; echo $?; cat g; rm g`,
  `echo a >nonesuch/b; echo $?; cat <nonesuch 2>/dev/null; echo $?`,
  `false | true; echo $?; true | false; echo $?; echo a | (cat; exit 4); echo $?`,
  // test
  `[ a = a ] && [ a != b ] && [ -n x ] && [ -z "" ] && [ 2 -gt 1 ] && [ ! -e none ] && [ x ] && ! [ "" ] && echo all`,
  `mkdir d; ln -s d l; ln -s none broken; [ -d d ] && [ -d l ] && [ -L l ] && [ ! -e broken ] && [ -L broken ] && [ ! -f d ] && echo links; rm -r d l broken`,
  // programs
  `printf '%s-%d|%5s|%-5s|%03d|%x\\n' a 5 b c 7 255; printf '%s\\n' a b; printf 'no args %s\\n'; printf '%b' 'x\\ny\\n'; printf '\\101\\n'`,
  `mkdir -p a/b/c && mkdir a/b 2>/dev/null; echo $?; rmdir a/b 2>/dev/null; echo $?; rm -r a; ls`,
  `ln -s x l && readlink l; ln -s y l 2>/dev/null; echo $?; ln -sfn z l; readlink -- l; ln -s new m && mv -fT m l; readlink l; rm l`,
  `mkdir t; ln -sfn t u; ln -sfn t2 u; readlink u; mkdir v; echo f >w; mv w v; ls v; mv -T v u 2>/dev/null; echo $?; rm -r t u v`,
  `umask 027; touch f; mkdir d; stat -c '%a %F' f d; umask; chmod g+w,o=r f; chmod 4755 d; stat -c %a f d; chmod u-w,a+X f; stat -c %a f; rm -r f d`,
  `printf 'b\\na\\nc\\na\\n' >f; sort f; sort -u f; sort -r f | head -n 1; tail -n 1 f; tail -n +3 f; tail -c 2 f; head -c 3 f; wc -l <f; rm f`,
  `printf '10 x\\n9 y\\n' | sort -n; printf 'a\\tb\\tc\\n' | cut -f 2,3; echo a:b:c | cut -d : -f 2-; echo abcdef | cut -c 2-4`,
  `printf 'a1\\nb2\\n' | grep -c .; printf 'a.b\\naxb\\n' | grep -F a.b; printf 'a\\nb\\n' | grep -v a; echo abc | grep -E '^(a|x)b+c$'; echo abc | grep -q z; echo $?; printf 'k\\nkey\\n' | grep -xF k; echo k | grep -vxF -f /dev/stdin /dev/null; printf 'b\\n' >p; printf 'a\\nb\\n' | grep -vxF -f p; rm p`,
  `echo hello | tr a-y b-z; echo 'a b' | tr -d ' '; echo abc | tr -c 'a\\n' -; printf 'a\\nb\\n' | tr '\\n' ' '; echo aAbB | tr -dc 'A-Z'; echo`,
  `echo 'path/to/file' | sed 's|to/||'; echo abcabc | sed 's/b/[&]/g;s/c/X/'; printf 'A\\nb\\nc\\n' | sed -e '/b/,$d' -e 's/a/x/Ig'; printf '1\\n2\\n3\\n' | sed -n '2p;$p'; printf 'a\\nb\\nc\\n' | sed '/b/d'; echo 'k: v' | sed -n 's/^\\(.*\\): \\(.*\\)$/\\2=\\1/p'`,
  `printf 'a\\nb\\nCOPY x\\nb\\n' | sed '1,/^COPY /{/^a/d;s/b/c/;}'; printf '1\\n2\\n' | sed -n '2{s/2/two/;p;};1p'; cmp -s none nothing; echo $?`,
  `printf 'x\\n' | sed "s/[\\\\\\\\']/\\\\\\\\&/g"; echo "a'b" | sed "s/'/Q/"; printf 'a b\\n' | sed -E 's/(a) (b)/\\2 \\1/'; echo 'a[b' | sed 's/\\[/(/'; printf '[mysqld]\\n' | sed -n '1s/.*/got/p'`,
  `printf 'a 1\\nb 2\\n' | awk '{ sum += $2; print NR ":" $1 } END { print sum, NF, length("four") }'; echo a:b | awk -F: '{ print $2 }'; awk 'BEGIN { printf "%s-%d\\n", "x", 7.9; exit 3 }'; echo $?`,
  `printf 'a b\\nc d\\n' | awk 'NR == 2 { $1 = "z"; print; next } /a/ { print tolower($0) }'; echo | awk -v n='p\\tq' '{ print n, substr("hello", 2, 3), index("hello", "l") }'`,
  `awk 'BEGIN { a["x"] = 1; a["y"]; for (k in a) n++; print n, ("x" in a), ("z" in a); s = "aXbX"; print gsub(/X/, "-", s), s; print match("foobar", /o+/), RSTART, RLENGTH; n = split("1,2,3", p, ","); print n, p[3] }'`,
  `printf '1\\n--\\n2\\n' | awk '/^--$/ { new = 1; next } !new { known[$0]; next } !($0 in known) { print "new", $0 }'; printf '50%% 7\\n' | awk '{ print +$1, ($2 > 0) ? +$2 : 9 }'`,
  `awk 'function twice(x) { return 2 * x } BEGIN { print twice(4) " " 1 == 1, (10 < 9), ("10" < "9"), 1e3, 0.1 + 0.2, 2 ^ 3, 7 % 4; i = 5; print i++ + ++i }'`,
  `mkdir -p a/b; echo 1 >a/f.pyc; echo 2 >a/b/g.txt; ln -s f.pyc a/l; find a | sort; find a -name '*.pyc' -print; find a -type l -printf '%P -> %l\\n'; find a -mindepth 1 -maxdepth 1 -type d; find a -path a/b -prune -o -type f -print; find a \\( -name x -o -name 'g*' \\) ! -type d; find a -type f -print0 | xargs -0 -r cat; find a -delete; ls`,
  `printf 'a b\\n' | base64; printf 'aGk=' | base64 -d; echo; printf x | sha256sum; printf hi | gzip | gzip -dc; echo; printf hi | gzip -t 2>/dev/null; echo $?`,
  `basename /a/b.c .c; dirname /a/b; dirname x; basename -- "$(readlink -f .)" >/dev/null; realpath --relative-to=/a/b /a/c`,
  `printf 'a\\nb\\n' >one; printf 'b\\nc\\n' >two; comm -23 one two; comm -12 one two; cmp -s one two; echo $?; cmp -s one one; echo $?; rm one two`,
  `echo 'a b' | xargs -n1 echo got; printf '' | xargs -r echo never; printf 'a\\nb c\\n' | xargs -d '\\n' printf '[%s]'; echo`,
  `date -u -d @0 +%Y-%m-%dT%H:%M:%SZ; [ "$(date +%s)" -gt 1600000000 ] && echo clock; date +%s%3N | grep -cE '^[0-9]{13}$'`,
  `f=$(mktemp) && [ -f "$f" ] && stat -c %a "$f"; rm "$f"; d=$(mktemp -d) && stat -c %a "$d"; rmdir "$d"; touch -d @5 x; touch -r x y; stat -c '%s %F %Y %y' x y; date -u -r x +%Y-%m-%d_%H-%M-%S; rm x y`,
  `: >lock; exec 9>>lock; flock -n 9 && echo locked; flock -n lock true; echo $?; (flock -n 9 && echo ours); exec 9>&-; flock -n -E 75 lock echo free; rm lock`,
  `env -i A=1 sh -c 'echo "$A$HOME"'; timeout 5 echo in time; sh -s -- x <<'E'
echo "s $1"
E`,
  `mkdir s; echo a >s/f; chmod 640 s/f; cp -a s t; stat -c %a t/f; cp s/f s/g; cat s/g; ln -s f s/l; cp -PT s/l s/m; readlink s/m; echo in | install -m 600 /dev/stdin s/n; cat s/n; ln s/f s/h; install -d -m 750 i; install -m 600 s/f i/k; stat -c %a i i/k; rm -r s t i`,
]

describe('the shell in memory', () => {
  it.each(SCRIPTS.map(text => [text.split('\n', 1)[0]?.slice(0, 70) ?? '', text]))(
    'does as the real one: %s',
    async (_, text) => {
      const real = await execa('/bin/sh', ['-c', text], {
        cwd: directory,
        reject: false,
        stdin: 'ignore',
        stripFinalNewline: false,
        env: { LC_ALL: 'C', PATH: '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin' },
      })
      const [said] = await host.within(directory).runAll([ask`${raw(text)}`.acceptingAny()])
      expect({ exitCode: said?.exitCode, stdout: said?.stdoutBytes.toString() }).toEqual({
        exitCode: real.exitCode,
        stdout: real.stdout,
      })
    },
  )
})

#!/bin/bash
# test-server - throwaway Debian servers made of Linux namespaces (see usage below).
# A host = pid+mount+net+uts+ipc+cgroup namespaces; its / is an overlay: this machine's / below, a prepared
# layer (users, keys, small databases) above it, and on top a "disk" of its own: a tmpfs that survives
# `kill` (power cut) and vanishes on `down`.  All hosts hang on one bridge, 10.88.0.1/16.
# shellcheck disable=SC2086,SC2046  # names and paths are of our own making, without blanks; lists are split
# shellcheck disable=SC2016  # scripts for other shells stand in single quotes
set -euo pipefail
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
SELF=$(readlink -f "$0") RUN=/run/dye-test-server CACHE=/var/cache/dye-test-server
CG=/sys/fs/cgroup/unified; [ -d $CG ] || CG=/sys/fs/cgroup       # beside v1 hierarchies, or v2 alone
BR=dyebr0 NET=10.88 KEY=$RUN/key
usage() { cat <<'END'
test-server up NAME [--owner PID] [--addr 10.88.x.y] [--with apache2,nginx,mariadb,postgresql,supervisor] [--no-systemd]
               [--size 1g]         the owner is who it is for: once that process is gone, `sweep` removes the host
test-server sweep                  remove the hosts whose owners are gone; `up` does so first
test-server check                  whether hosts can be made here; if not, the first thing that is missing
test-server down NAME | --all      remove the host and everything of it
test-server exec NAME CMD...       run as root inside (no ssh);  test-server list;  test-server purge (caches too)
test-server ssh-config [NAME]      an ssh_config for deploy@NAME (sudo without password) and ops@NAME (sudo asks: secret)
 faults, all undone by `mend NAME`:
test-server kill NAME              power cut: every process dies, the disk stays; mend = boot again
test-server freeze NAME            hang: the kernel still answers TCP, no process runs
test-server cut NAME [reset]       pull the cable (silent); reset: kill the open ssh sessions instead
test-server delay NAME MS [LOSS%]  MS milliseconds added each way, and frames lost
test-server fill NAME [DIR]        disk full: the whole disk, or DIR only (a tmpfs copy of it, without a free block)
test-server ro NAME [DIR...]       read-only: /etc /home /opt /srv /usr /var, or the DIRs
END
}
die() { echo "test-server: $*" >&2; exit 1; }
with_lock() { local fd f=$RUN/$1; shift; exec {fd}>$f; flock $fd; "$@"; exec {fd}>&-; }
locked() { with_lock lock "$@"; }
check() {
  local g=$CG/dye-test-check.$BASHPID d why='' kill=y
  [ -f $CG/cgroup.procs ] || die 'there is no cgroup v2 hierarchy here'
  mkdir $g 2>/dev/null || die 'cgroups cannot be made here'
  [ -e $g/cgroup.kill ] || kill=n; rmdir $g
  [ $kill = y ] || die 'the kernel is older than 5.14: it has no cgroup.kill'
  unshare -m -p -f -n -u -i -C true 2>/dev/null || die 'namespaces cannot be made here'
  d=$(mktemp -d)
  unshare -m -n sh -ec 'mount -t tmpfs check "$0"; cd "$0"; mkdir up work root
    mount -t overlay check -o lowerdir=/,upperdir=up,workdir=work,redirect_dir=on root
    ip link add check type bridge; ip link add check-0 type veth peer name check-1' $d >/dev/null 2>$d/said ||
    why="no overlay, bridge or veth here: $(head -1 $d/said)"
  rm -rf --one-file-system $d
  [ -z "$why" ] || die "$why"
}

# --- the prepared layer: made once, kept as a tar, unpacked into a tmpfs while hosts are up -------------------
# (it cannot be a directory of the machine's own disk: overlayfs refuses a layer inside another, ELOOP)
base_key() { cat "$SELF" /etc/passwd /etc/group /var/lib/dpkg/status | sha256sum | cut -c1-16; }
base_up() {
  if mountpoint -q $RUN/base; then [ ! -e $RUN/base/ready ] || return 0; umount -l $RUN/base; fi   # half made
  local tar; tar=$CACHE/base-$(base_key).tar
  mkdir -p $RUN/base $CACHE; mount -t tmpfs -o mode=755 test-server-base $RUN/base
  [ -f $CACHE/key ] || ssh-keygen -q -t ed25519 -N '' -C test-server -f $CACHE/key
  cp -p $CACHE/key $CACHE/key.pub $RUN/
  if [ -f "$tar" ]; then tar -C $RUN/base --xattrs --xattrs-include='*' -xpf "$tar"; : >$RUN/base/ready; return; fi
  mkdir -p $RUN/base/{up,work,root}
  if ! unshare -m -p -f -n -u -i --kill-child "$SELF" __base >$CACHE/base.log 2>&1; then
    umount -l $RUN/base; tail -5 $CACHE/base.log >&2; die "could not prepare the base layer, see $CACHE/base.log"
  fi
  rm -rf $RUN/base/{work,root} $CACHE/base-*.tar
  tar -C $RUN/base --xattrs --xattrs-include='*' -cpf "$tar.new" up; mv "$tar.new" "$tar"; : >$RUN/base/ready
}
opaque() { local d; for d; do mkdir -p "$d"
  python3 -Ic 'import os,sys; os.setxattr(sys.argv[1],"trusted.overlay.opaque",b"y")' "$d"; done; }
do_base() {                                             # runs in namespaces of its own
  local r=$RUN/base/root up=$RUN/base/up
  local e; for e in /* /.[!.]*; do case $e in            # nothing of the machine's own homes shows through
    /bin | /sbin | /lib* | /usr | /etc | /var | /boot | /media | /proc | /sys | /dev) ;;
    *) if [ -L $e ] || [ ! -d $e ]; then mknod $up$e c 0 0; else opaque $up$e; fi;; esac; done   # c 0 0: a whiteout
  opaque $up/{var/tmp,var/cache/test-server}
  chmod 1777 $up/tmp $up/var/tmp; chmod 700 $up/root
  enter_root $r "lowerdir=/,upperdir=$up,workdir=$RUN/base/work"
  mkdir -p /etc/systemd/system
  rm -f /usr/sbin/policy-rc.d /etc/ssh/ssh_host_* /etc/systemd/system/*.wants/{apache2,nginx,mariadb,postgresql,haproxy,supervisor,redis-server,php*-fpm,e2scrub_reap}.service \
    /etc/systemd/system/timers.target.wants/* /etc/systemd/system/getty.target.wants/*
  for u in systemd-udevd.service systemd-timesyncd.service systemd-networkd-wait-online.service dev-hugepages.mount \
    sys-kernel-{debug,tracing,config}.mount systemd-journal-flush.service; do ln -sf /dev/null /etc/systemd/system/$u; done
  local k; for k in system-generators user-generators user-environment-generators; do    # they run at each reload, for nothing
    mkdir -p /etc/systemd/$k; for u in /lib/systemd/$k/*; do ln -sf /dev/null /etc/systemd/$k/${u##*/}; done; done
  ln -sf /lib/systemd/system/multi-user.target /etc/systemd/system/default.target
  rm -f /etc/fstab; touch /etc/fstab; : >/etc/machine-id
  useradd -m -s /bin/bash deploy; useradd -m -s /bin/bash -G sudo ops
  usermod -p "$(openssl passwd -6 secret)" ops
  mkdir -p /etc/sudoers.d
  echo 'deploy ALL=(ALL:ALL) NOPASSWD: ALL' >/etc/sudoers.d/test-server; chmod 440 /etc/sudoers.d/test-server
  for u in deploy ops; do install -d -m 700 -o $u -g $u /home/$u/.ssh
    install -m 600 -o $u -g $u /run/key.pub /home/$u/.ssh/authorized_keys; done
  if [ -x /usr/sbin/mariadbd ]; then                    # small logs: 114 MB -> ~30 MB copied up per host
    printf '[mariadbd]\ninnodb_log_file_size=8M\ninnodb_buffer_pool_size=32M\n' >/etc/mysql/mariadb.conf.d/99-test-server.cnf
    service mariadb start; service mariadb stop; rm -f /var/log/mysql/*
  fi
  if [ -x /usr/bin/pg_ctlcluster ] && [ -n "$(ls /etc/postgresql 2>/dev/null)" ]; then service postgresql start; service postgresql stop
    mkdir -p /etc/systemd/system/postgresql.service.wants
    for u in /etc/postgresql/*/*/; do u=${u#/etc/postgresql/} u=${u%/}
      ln -sf /lib/systemd/system/postgresql@.service /etc/systemd/system/postgresql.service.wants/postgresql@${u/\//-}.service; done; fi
}

# --- inside: PID 1 ---------------------------------------------------------------------------------------------
enter_root() {                                          # NEWROOT OVERLAY-OPTIONS: build /, pivot into it
  local r=$1 n
  mount -t overlay test-server -o "$2,redirect_dir=on" $r  # redirect_dir: else rename(2) of an old directory is EXDEV
  mount -t proc proc $r/proc
  mount -t sysfs -o ro,nosuid,nodev,noexec sysfs $r/sys
  mount -t tmpfs -o mode=755,nosuid dev $r/dev
  for n in null zero full random urandom tty; do cp -a /dev/$n $r/dev/; done
  mkdir $r/dev/{pts,shm,mqueue}; ln -s pts/ptmx $r/dev/ptmx; ln -s /proc/self/fd $r/dev/fd
  for n in 0:stdin 1:stdout 2:stderr; do ln -s /proc/self/fd/${n%:*} $r/dev/${n#*:}; done
  mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts $r/dev/pts
  mount -t tmpfs -o mode=1777 shm $r/dev/shm; mount -t mqueue mqueue $r/dev/mqueue
  mount -t tmpfs -o mode=755,nosuid run $r/run
  mkdir -p $r/run/lock $r/run/sshd $r/run/user; chmod 1777 $r/run/lock
  cp $KEY.pub $r/run/key.pub
  for n in /proc/sys /proc/sysrq-trigger; do          # the kernel's switches are the machine's: look, don't touch
    [ ! -e $r$n ] || { mount --bind $r$n $r$n; mount -o remount,bind,ro $r$n; }; done
  cd $r; mkdir -p .old; pivot_root . .old; cd /; umount -l /.old; rmdir /.old
}
do_init() {
  local name=$1 addr=$2 with=$3 init=$4 s; local d=$RUN/$name
  local p; read -r p _ </proc/self/stat; echo $p >$d/pid.new; mv $d/pid.new $d/pid    # our pid as seen from outside
  hostname $name
  enter_root $d/disk/root "lowerdir=$RUN/base/up:/,upperdir=$d/disk/up,workdir=$d/disk/work"
  ip link set lo up
  until ip link set eth0 up 2>/dev/null; do sleep .005; done
  ip addr add $addr/16 dev eth0                        # no default route: the world is `unreachable` at once
  if [ ! -f /etc/ssh/ssh_host_ed25519_key ]; then      # first boot
    ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
    echo $name >/etc/hostname; printf '127.0.0.1 localhost\n%s %s\n' $addr $name >/etc/hosts; : >/etc/resolv.conf
    for s in $with; do ln -sf /lib/systemd/system/$s.service /etc/systemd/system/multi-user.target.wants/$s.service; done
  fi
  find /tmp -mindepth 1 -delete 2>/dev/null || :
  local less='setpriv --bounding-set -sys_time,-sys_module,-sys_rawio,-syslog'    # no hand on the machine itself
  if [ $init = systemd ]; then
    mount -t cgroup2 cgroup2 /sys/fs/cgroup            # its own subtree, thanks to the cgroup namespace
    exec $less env -i container=test-server PATH=$PATH /lib/systemd/systemd
  fi
  exec $less env -i PATH=$PATH LC_ALL=C HOME=/root bash -c '
    for s in ssh cron $0; do service $s start || echo "$s failed" & done; wait
    touch /run/test-server-ready; exec </dev/null
    trap "exit 0" TERM; while :; do sleep 1d & wait $!; done' "$with"      # bash as PID 1 reaps the orphans
}

# --- outside ---------------------------------------------------------------------------------------------------
need() { [ -d $RUN/$1 ] || die "no host '$1'"; }
get() { cat $RUN/$1/$2 2>/dev/null || :; }              # NAME FIELD
port() { local a; a=$(get $1 addr); a=${a#"$NET".}; echo ${2:-dye}-${a/./-}; }      # outer end of the cable: dye-0-2
mac() { printf '02:dd:%02x:%02x:%02x:%02x\n' ${1//./ }; }   # by the address: who takes it over is no stranger to ARP caches
alive() { local p; p=$(get $1 pid); [ -n "$p" ] && [ -d /proc/$p/root/proc ]; }
groups() { local g; for g in $CG /sys/fs/cgroup/memory /sys/fs/cgroup/devices; do [ ! -d $g ] || echo $g/dye-test-server/$1; done; }
join() { local g; for g in $(groups $1); do echo $BASHPID >$g/cgroup.procs; done; }
claim() {                                               # under the lock: base layer, bridge, name, address
  local name=$1 addr=$2 owner=$3 i=0 f
  [ ! -e $RUN/$name ] || die "host '$name' exists"
  if [ -z "$addr" ]; then
    while addr=$NET.$((i / 250)).$((i % 250 + 2)); grep -qsxF $addr $RUN/*/addr; do i=$((i + 1)); done
  fi
  [[ $addr =~ ^10\.88\.[0-9]{1,3}\.[0-9]{1,3}$ && $addr != 10.88.0.1 ]] || die "address must be in $NET.0.0/16"
  ! grep -qsxF $addr $RUN/*/addr || die "address $addr is taken"
  base_up
  if [ ! -d /sys/class/net/$BR ]; then
    f=/proc/sys/fs/inotify/max_user_instances           # a systemd takes six; 128 are enough for 22 hosts only
    [ $(cat $f) -ge 8192 ] || { cp $f $RUN/inotify; echo 8192 >$f; }
    ip link add $BR address 02:00:0a:58:00:01 type bridge; ip addr add $NET.0.1/16 dev $BR; ip link set $BR up; fi
  mkdir $RUN/$name; echo $owner >$RUN/$name/owner; echo $addr >$RUN/$name/addr
}
boot() {                                                # NAME: (re)start PID 1 on the host's disk
  local name=$1 d=$RUN/$1 p i g; local init; init=$(get $name init)
  rm -f $d/pid $d/mounts
  for g in $(groups $name); do mkdir -p $g; [ ! -e $g/devices.deny ] || echo 'b *:* rwm' >$g/devices.deny; done
  ( join $name
    exec setsid unshare -m -p -f -n -u -i -C --kill-child "$SELF" __init $name "$(get $name addr)" "$(get $name with)" "$init"
  ) </dev/null >>$d/console.log 2>&1 & disown
  for ((i = 0; i < 500; i++)); do [ -s $d/pid ] && break; sleep .01; done
  p=$(get $name pid); [ -n "$p" ] || die "$name: PID 1 did not start: $(tail -3 $d/console.log)"
  ip link add $(port $name) type veth peer name eth0 address "$(mac "$(get $name addr)")" netns $p
  ip link set $(port $name) addrgenmode none master $BR up
  if [ $init = systemd ]; then
    for ((i = 0; i < 500; i++)); do [ -S /proc/$p/root/run/systemd/private ] && break; sleep .02; done
    timeout 60 "$SELF" exec $name systemctl is-system-running --wait >$d/state || grep -qx degraded $d/state ||
      die "$name: systemd is not up: $(cat $d/state; tail -3 $d/console.log)"
  else
    for ((i = 0; i < 3000; i++)); do [ -e /proc/$p/root/run/test-server-ready ] && break; alive $name || break; sleep .02; done
    [ -e /proc/$p/root/run/test-server-ready ] || die "$name: boot failed: $(tail -3 $d/console.log)"
  fi
  for i in $(get $name with); do inside $name 'service "$0" status >/dev/null' $i || die "$name: $i does not run"; done
  sed "s/^/$(get $name addr) /" $d/disk/up/etc/ssh/ssh_host_ed25519_key.pub >$d/known_hosts
}
up() {
  local name=${1:-} addr='' with='' init=systemd size=1g owner=''; shift || :
  [[ $name =~ ^[a-z][a-z0-9-]{0,30}$ && $name != base ]] || die "bad host name '$name'"
  while [ $# -gt 0 ]; do case $1 in
    --owner) owner=$2; shift 2;; --addr) addr=$2; shift 2;; --with) with=${2//,/ }; shift 2;; --size) size=$2; shift 2;;
    --no-systemd) init=mini; shift;; *) die "unknown option $1";; esac; done
  [ -z "$owner" ] || owner=$(owner_of "$owner") || die "the owner is no process"
  mkdir -p $RUN; with_lock sweeping sweep; locked claim $name "$addr" "$owner"
  # shellcheck disable=SC2064  # the name as it is now
  trap "down $name" EXIT; trap 'exit 130' INT TERM HUP   # half-way failures leave nothing either
  local d=$RUN/$name; echo $with >$d/with; echo $init >$d/init; echo $size >$d/size
  mkdir $d/disk; mount -t tmpfs -o mode=755,size=$size test-server-$name $d/disk; mkdir $d/disk/{up,work,root}
  boot $name
  trap - EXIT; echo "$name $(get $name addr)"
}
owner_of() {                                            # PID: it and its start time, which no other process has
  local f; f=$(cat "/proc/$1/stat" 2>/dev/null) && set -- "$1" ${f##*) } && echo "$1 ${21}"; }
sweep() {
  local d owner; for d in "$RUN"/*/; do d=${d%/}; owner=$(get ${d##*/} owner); [ -n "$owner" ] || continue
    [ "$(owner_of ${owner% *})" = "$owner" ] || ( down ${d##*/} ) || :; done; }
power_off() {                                           # NAME: at once, whatever runs in it (cgroup.kill spares nobody)
  local name=$1 i g=$CG/dye-test-server/$1
  relay_off $name; ip link del $(port $name) 2>/dev/null || :
  [ -d $g ] || return 0
  echo 1 >$g/cgroup.kill; echo 0 >$g/cgroup.freeze
  for ((i = 0; i < 500; i++)); do grep -q 'populated 0' $g/cgroup.events && break; sleep .01; done
  grep -q 'populated 0' $g/cgroup.events || die "$name: processes that do not die: $(find $g -name cgroup.procs -exec cat {} +)"
}
down() {
  local name=$1 g; need $name
  power_off $name
  for g in $(groups $name); do [ ! -d $g ] || find $g -depth -type d -exec rmdir {} +; done
  if mountpoint -q $RUN/$name/disk; then umount $RUN/$name/disk 2>/dev/null || umount -l $RUN/$name/disk; fi
  rm -rf --one-file-system "$RUN/${name:?}"
  locked last_one_out
}
down_all() { local d; for d in "$RUN"/*/addr; do [ ! -e "$d" ] || ( down $(basename ${d%/addr}) ); done; }
last_one_out() {
  local f; for f in "$RUN"/*/addr; do [ ! -e "$f" ] || return 0; done
  ip link del $BR 2>/dev/null || :; ! mountpoint -q $RUN/base || umount -l $RUN/base
  [ ! -f $RUN/inotify ] || { cat $RUN/inotify >/proc/sys/fs/inotify/max_user_instances; rm $RUN/inotify; }
  rmdir $(groups '') 2>/dev/null || :; rmdir $RUN/base 2>/dev/null || :; rm -f $RUN/key $RUN/key.pub
}
run_in() {
  local name=$1; need $name; shift; alive $name || die "$name is off"
  join $name
  exec nsenter -t $(get $name pid) -m -p -n -u -i -C -r -w env -i PATH=$PATH HOME=/root LC_ALL=C TERM=${TERM:-dumb} "$@"
}
list() {
  local d n m; for d in "$RUN"/*/addr; do [ -e "$d" ] || continue; d=${d%/addr}; n=${d##*/}
    m=$(cat /sys/fs/cgroup/memory/dye-test-server/$n/memory.usage_in_bytes 2>/dev/null || echo 0)
    printf '%-16s %-14s %-8s %-4s %4d MiB  disk %s\n' $n $(get $n addr) $(get $n init) $(alive $n && echo up || echo off) \
      $((m >> 20)) "$(df -h --output=used,size $d/disk | tail -1)"; done
}
ssh_config() {
  local d n; for d in "$RUN"/${1:-*}/addr; do [ -e "$d" ] || continue; d=${d%/addr}; n=${d##*/}
    printf 'Host %s\n  HostName %s\n  User deploy\n  IdentityFile %s\n  IdentitiesOnly yes\n  UserKnownHostsFile %s\n  StrictHostKeyChecking yes\n' \
      $n $(get $n addr) $KEY $d/known_hosts; done
}

# --- faults ------------------------------------------------------------------------------------------------------
relay_off() { local p; p=$(get $1 relay); [ -z "$p" ] || kill $p 2>/dev/null || :; rm -f $RUN/$1/relay; }
RELAY='
# the kernel has no netem: take the cable out of the bridge, carry its frames to a TAP port of the bridge, late
import sys, os, fcntl, struct, socket, select, time, random, collections
ms, loss, port, tap = float(sys.argv[1]) / 1000, float(sys.argv[2]) / 100, sys.argv[3], sys.argv[4]
t = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
fcntl.ioctl(t, 0x400454ca, struct.pack("16sH22x", tap.encode(), 0x5002))      # TUNSETIFF: TAP | NO_PI | VNET_HDR
fcntl.ioctl(t, 0x400454d0, 7)                                              # TUNSETOFFLOAD: csum, tso4, tso6
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
s.setsockopt(263, 15, 1); s.setsockopt(263, 23, 1)                         # PACKET_VNET_HDR, PACKET_IGNORE_OUTGOING
s.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)                                # SO_RCVBUFFORCE
s.bind((port, 3)); s.setblocking(False)
q = collections.deque(); put = {0: lambda b: os.write(t, b), 1: s.send}
while True:
    r, _, _ = select.select([t, s], [], [], max(0, q[0][0] - time.monotonic()) if q else None)
    for f in r:
        try: b = os.read(t, 70000) if f == t else s.recv(70000)
        except OSError: continue
        if random.random() >= loss: q.append((time.monotonic() + ms, f == t, b))
    while q and q[0][0] <= time.monotonic():
        _, to, b = q.popleft()
        try: put[to](b)
        except OSError: pass
'
do_delay() {
  local name=$1 tap i; need $name; relay_off $name; tap=$(port $name dyt)
  for ((i = 0; i < 100; i++)); do [ -d /sys/class/net/$tap ] || break; sleep .01; done
  setsid python3 -Ic "$RELAY" $2 ${3:-0} $(port $name) $tap </dev/null >>$RUN/$name/console.log 2>&1 &
  echo $! >$RUN/$name/relay
  for ((i = 0; i < 200; i++)); do [ -d /sys/class/net/$tap ] && break; sleep .01; done
  ip link set $(port $name) nomaster; ip link set $tap addrgenmode none master $BR up
}
inside() { local name=$1; shift; ( run_in $name bash -euc "$@" ); }
do_cut() { need $1
  case ${2:-drop} in
    drop) relay_off $1; ip link set $(port $1) nomaster;;
    reset) inside $1 'pkill -9 -f "^sshd: [a-z0-9_-]+( \[|@)"' || :;;
    *) die "cut NAME [reset]";; esac; }
do_fill() { need $1
  if [ -z "${2:-}" ]; then mount -o remount,size=$(df -k --output=used $RUN/$1/disk | tail -1 | tr -d ' ')k $RUN/$1/disk; return; fi
  inside $1 'n=$(du -sk "$0" | cut -f1); t=$(mktemp -d); mount -t tmpfs -o size=$((n + n / 4 + 512))k test-server-fill $t
    cp -a "$0"/. $t/; chown --reference="$0" $t; chmod --reference="$0" $t
    mount -o remount,size=$(df -k --output=used $t | tail -1 | tr -d " ")k $t
    mount --bind $t "$0"; umount $t; rmdir $t' "$2"; echo "$2" >>$RUN/$1/mounts; }
do_ro() { need $1; local n=$1; shift; [ $# -gt 0 ] || set -- /etc /home /opt /srv /usr /var
  inside $n 'for d; do mount --bind "$d" "$d"; mount -o remount,bind,ro "$d"; done' -- "$@"
  printf '%s\n' "$@" >>$RUN/$n/mounts; }
do_mend() { local name=$1 d=$RUN/$1; need $name
  mount -o remount,size=$(get $name size) $d/disk
  if ! alive $name; then power_off $name; boot $name; return; fi
  echo 0 >$CG/dye-test-server/$name/cgroup.freeze
  relay_off $name; ip link set $(port $name) master $BR
  ip neigh del "$(get $name addr)" dev $BR 2>/dev/null || :   # who asked in vain meanwhile would be told so once more
  [ ! -f $d/mounts ] || inside $name 'for d; do umount -l "$d"; done' -- $(tac $d/mounts); rm -f $d/mounts
}

cmd=${1:-help}; shift || :
[ $(id -u) = 0 ] || die 'must be root'
case $cmd in
  up) up "$@";;
  down) if [ "${1:-}" = --all ]; then down_all; else down "${1:?NAME}"; fi;;
  exec) run_in "$@";;
  sweep) [ ! -d $RUN ] || { with_lock sweeping sweep; locked last_one_out; };;
  check) check;;
  list) list;;
  ssh-config) ssh_config "$@";;
  kill) need "${1:?NAME}"; power_off $1;;
  freeze) need "${1:?NAME}"; echo 1 >$CG/dye-test-server/$1/cgroup.freeze;;
  cut | delay | fill | ro | mend) do_$cmd "$@";;
  purge) down_all; rm -rf $CACHE;;
  __init) do_init "$@";;
  __base) do_base;;
  *) usage;;
esac

# A deploy by hand: one shell script through one ssh, as somebody would write it who knows the site well.
# It does what dye-deploy does for the same site, step by step and in the same order; what dye-deploy needs
# only because it is general (finding an interpreter, asking typed questions) is left out.
#   ssh deploy@server sh -s <by-hand.sh
set -eu
{ # read whole before anything is run, and no program may read on
umask 022
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin" GIT_TERMINAL_PROMPT=0
project=byhand root=/var/django/byhand repository=/srv/git/byhand.git tag=bench keep=5
site=django/website conf=apache/production.conf
state=$root/.dye live=$root/dev next=$root/next journal=$root/.dye/journal dumps=$root/dbdumps shared=$root/shared
guard=/etc/apache2/conf-enabled/dye-$project.conf enabled=/etc/apache2/sites-enabled/$project.conf
note() { echo "$(date -u +%FT%TZ) $1 $2 ${3:-}" >>"$journal"; }
link() { ln -sfn "$2" "$1.switch" && mv -fT "$1.switch" "$1"; }

# acquire-lock: home, lock, who holds it, what is there
[ -w $root ] || sudo -n install -d -o "$(id -un)" -g "$(id -gn)" /var/django $root
mkdir -p $state $root/previous $dumps $shared/$site/uploads; chmod 700 $dumps
exec 9>>$state/lock
flock -n 9 || { cat $state/lock.owner; exit 75; }
echo "by hand, pid $$, since $(date -u +%FT%TZ)" >$state/lock.owner
outgoing=; [ ! -L $live ] || outgoing=$(basename "$(readlink $live)")
[ ! -e $live ] || [ -L $live ]

# check-disk
used=$(df -P $root | awk 'NR == 2 { print +$5 }')
[ "$used" -le 85 ] || { echo "the disk is $used % full"; exit 1; }

# check-live-changes
if [ -n "$outgoing" ]; then
  changes=$(git -C $live/ status --porcelain --untracked-files=all -- . ":(exclude)$site/.ve" \
    ":(exclude)$site/local_settings.py" ":(exclude)$site/private_settings.py" ":(exclude)$site/uploads" ':(exclude)*.pyc')
  [ -z "$changes" ] || { echo "changed by hand: $changes"; exit 1; }
fi
# check-branch: a tag is deployed

# prepare-release; from here on what fails is taken back
name=$(date -u +%F_%H-%M-%S.%N) release=$root/previous/$name switched=
go_back() {
  code=$?
  [ $code = 0 ] && return
  if [ -n "$switched" ] && [ -n "$outgoing" ]; then link $live previous/$outgoing; touch -c $live/wsgi/wsgi_handler.py; fi
  rm -f $next $state/maintenance; note "$name" failed
  exit $code
}
trap go_back EXIT
trap 'exit 143' TERM HUP INT
rm -f $state/maintenance
mkdir $release
note "$name" preparing
link $next previous/$name

# fetch-source: mirror, clone with its objects, what is new
mirror=$state/mirror
[ -e $mirror/HEAD ] || { git init -q --bare $mirror; git --git-dir=$mirror config gc.auto 0; }
git --git-dir=$mirror fetch -q --prune --no-auto-gc $repository '+refs/heads/*:refs/heads/*' '+refs/tags/*:refs/tags/*'
revision=$(git --git-dir=$mirror rev-parse --verify -q "refs/tags/$tag^{commit}")
git clone -q --shared --no-checkout $mirror $release
cd $release
git remote set-url origin $repository
git config gc.auto 0
git checkout -q --detach "$revision" --
[ ! -e .gitmodules ] || git submodule --quiet update --init --recursive
since=$(sed -n 's/.* live //p' $journal | tail -n 1)
[ -z "$since" ] || git log --max-count=100 --format='%H %an %s' "$since..HEAD" --

# clean-bytecode
find . -path ./.git -prune -o -name '*.pyc' -print -delete | wc -l

# build-virtualenv: its key is the hash of requirements, interpreter and platform
key=$({ python3 -VV; uname -srm; cat deploy/pip_packages.txt; } | sha256sum | cut -c 1-16)
ve=$state/virtualenvs/$key
if [ ! -e $ve/.ready ]; then
  rm -rf $ve
  python3 -m venv --system-site-packages $ve
  $ve/bin/python -m pip install -q --no-input --disable-pip-version-check --requirement deploy/pip_packages.txt
  sync -f $ve; : >$ve/.ready
fi
ln -s $ve $site/.ve
python=$release/$site/.ve/bin/python

# link-settings
[ -e $shared/$site/private_settings.py ] || (
  umask 077
  random() { tr -dc A-Za-z0-9 </dev/urandom | head -c "$1"; }
  printf 'SECRET_KEY = "%s"\nDB_PASSWORD = "%s"\n' "$(random 50)" "$(random 32)" >$shared/$site/private_settings.py.new
  mv $shared/$site/private_settings.py.new $shared/$site/private_settings.py
)
[ ! -e $site/uploads ] || rm -rf $site/uploads
ln -s ../../../../shared/$site/uploads $site/uploads
cd $site
ln -sfn local_settings.py.production local_settings.py
ln -sfn ../../../../shared/$site/private_settings.py private_settings.py

# ensure-database: the credentials are the application's; then which migrations are pending
dir=$(umask 077; mktemp -d)
trap 'rm -rf "$dir"; go_back' EXIT
$python -c '
import os, sys
sys.path.insert(0, os.getcwd()); os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
from django.conf import settings
db = settings.DATABASES["default"]
print("[client]\nuser=\"%(USER)s\"\npassword=\"%(PASSWORD)s\"\nhost=\"%(HOST)s\"" % db)' >$dir/my.cnf
if ! mariadb --defaults-extra-file=$dir/my.cnf -e ';' $project 2>/dev/null; then
  password=$(sed -n 's/^password="\(.*\)"/\1/p' $dir/my.cnf)
  sudo -n mariadb <<SQL
CREATE DATABASE IF NOT EXISTS $project CHARACTER SET utf8mb4;
CREATE USER IF NOT EXISTS '$project'@'localhost' IDENTIFIED BY '$password';
ALTER USER '$project'@'localhost' IDENTIFIED BY '$password';
GRANT ALL PRIVILEGES ON $project.* TO '$project'@'localhost';
SQL
fi
pending=$($python manage.py showmigrations --plan | grep '^\[ \]' || :)

# collect-assets
$python manage.py collectstatic --noinput --verbosity 0
cd $release

# test-configuration: together with all other sites; and the guard of the maintenance page
[ -e $state/check-header ] ||
  (umask 077; printf 'X-Dye-Check: %s\n' "$(tr -dc a-z0-9 </dev/urandom | head -c 32)" >$state/check-header)
token=$(sed 's/.*: //' $state/check-header)
(umask 077; cat >$dir/guard) <<GUARD
<Directory "$root">
  <If "-f '$state/maintenance' && %{HTTP:X-Dye-Check} != '$token'">
    Redirect 503 "/"
    ErrorDocument 503 "<h1>We are updating this site</h1>"
  </If>
</Directory>
GUARD
mkdir $dir/sites $dir/confs
for each in /etc/apache2/sites-enabled/*.conf; do [ $each = $enabled ] || ln -s "$(readlink -f $each)" $dir/sites/; done
for each in /etc/apache2/conf-enabled/*.conf; do [ $each = $guard ] || ln -s "$(readlink -f $each)" $dir/confs/; done
ln -s $release/$conf $dir/sites/$project.conf
ln -s $dir/guard $dir/confs/dye.conf
sed -e "s|sites-enabled/|$dir/sites/|" -e "s|conf-enabled/|$dir/confs/|" /etc/apache2/apache2.conf >$dir/apache2.conf
sudo -n sh -c '. /etc/apache2/envvars; apache2 -t -f "$1"' sh $dir/apache2.conf 2>$dir/said || { cat $dir/said; exit 1; }
changed=yes
! { sudo -n cmp -s $dir/guard $guard && [ -e $enabled ] && cmp -s $release/$conf $live/$conf; } || changed=

# site-off: only when a migration is pending
[ -z "$pending" ] || [ -z "$outgoing" ] || : >$state/maintenance

# dump-database: compressed, read back and verified
dump=$dumps/before-$name.gz
(
  umask 077
  mariadb-dump --defaults-extra-file=$dir/my.cnf --single-transaction --quick --routines --triggers --no-tablespaces \
    --default-character-set=utf8mb4 $project >$dir/dump.sql
  gzip <$dir/dump.sql >$dump.part
)
gzip -dc $dump.part | tail -n 1 | grep -q '^-- Dump completed'
sync $dump.part
mv $dump.part $dump

# migrate-database
[ -z "$pending" ] || (cd $site && $python manage.py migrate --noinput)

# switch-release
sync -f $release
switched=yes
link $live previous/$name
rm -f $next
[ -z "$outgoing" ] || note "$outgoing" previous
note "$name" live "$revision"

# reload
if [ -n "$changed" ]; then
  sudo -n install -o root -g root -m 600 $dir/guard $guard
  sudo -n ln -sfn $live/$conf $enabled
fi
touch -c $live/wsgi/wsgi_handler.py
[ -z "$changed" ] || sudo -n apache2ctl graceful

# check-health: through the web server, past the maintenance page
host=$(sed -n 's/^ *ServerName *//p' $live/$conf | head -n 1)
tries=0
until status=$(curl -sS -o $dir/body -w '%{http_code}' --noproxy '*' --max-time 10 --connect-to ::127.0.0.1: \
  -H @$state/check-header "http://$host/") && case $status in [23]??) ;; *) false ;; esac; do
  tries=$((tries + 1))
  [ $tries -lt 5 ] || { echo "it says $status"; exit 1; }
  sleep 0.5
done

# site-on; what fails from here on is no reason to go back
rm -f $state/maintenance
trap 'rm -rf "$dir"' EXIT

# link-cron
for folder in cron.d cron.hourly cron.daily cron.weekly cron.monthly; do
  for file in $live/cron/$folder/*; do
    [ -f "$file" ] || continue
    base=$(basename "$file" | tr -c 'A-Za-z0-9_\n-' -)
    case $base in $project-*) ;; *) base=$project-$base ;; esac
    there=/etc/$folder/$base
    if [ $folder = cron.d ]; then
      { echo "# kept by hand: $file"; cat "$file"; } >$dir/cron
      cmp -s $dir/cron "$there" || sudo -n install -o root -g root -m 644 $dir/cron "$there"
    else
      [ "$(readlink "$there")" = "$file" ] || sudo -n ln -sfn "$file" "$there"
    fi
  done
  for there in /etc/$folder/$project-*; do
    [ -e "$there" ] || [ -L "$there" ] || continue
    case $(readlink "$there" || sed -n '1s/^# kept by hand: //p' "$there") in
      $live/*) target=$(readlink "$there" || sed -n '1s/^# kept by hand: //p' "$there"); [ -e "$target" ] || sudo -n rm -f "$there" ;;
    esac
  done
done

# schedule-dumps
cat >$dir/daily-dump.sh <<DAILY
#!/bin/sh
umask 077
dir=\$(mktemp -d) && trap 'rm -rf "\$dir"' EXIT || exit 1
cd $live/$site && .ve/bin/python -c '
import os, sys
sys.path.insert(0, os.getcwd()); os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
from django.conf import settings
db = settings.DATABASES["default"]
print("[client]\nuser=\"%(USER)s\"\npassword=\"%(PASSWORD)s\"\nhost=\"%(HOST)s\"" % db)' >\$dir/my.cnf &&
mariadb-dump --defaults-extra-file=\$dir/my.cnf --single-transaction $project >\$dir/dump.sql &&
gzip <\$dir/dump.sql >$dumps/daily-\$(date +%F).gz || logger -p user.err -t dump-$project 'the daily dump failed'
find $dumps -maxdepth 1 -name 'daily-*.gz' -mtime +30 -delete
DAILY
cmp -s $dir/daily-dump.sh $state/daily-dump.sh || install -m 700 $dir/daily-dump.sh $state/daily-dump.sh
echo "17 3 * * * $(id -un) sh $state/daily-dump.sh" >$dir/cron
cmp -s $dir/cron /etc/cron.d/$project-daily-dump ||
  sudo -n install -o root -g root -m 644 $dir/cron /etc/cron.d/$project-daily-dump

# prune-releases: by status; the five good ones before the live one stay
good=$(awk '{ status[$2] = $3 } !seen[$2]++ { order[n++] = $2 }
  END { for (i = n - 1; i >= 0; i--) if (status[order[i]] == "previous") print order[i] }' $journal)
for old in $(echo "$good" | tail -n +$((keep + 1))); do
  rm -rf $root/previous/$old 2>/dev/null || sudo -n rm -rf $root/previous/$old
  rm -f $dumps/before-$old.gz
  note $old pruned
done

# release-lock
rm -f $state/lock.owner
exec 9>&-
echo "$name is live"
} </dev/null

import type { TestServer } from './test-server.js'

const MAIN = `ServerRoot "/etc/httpd"
DefaultRuntimeDir run
PidFile run/httpd.pid
Listen 80
Include conf.modules.d/*.conf
User apache
Group apache
ServerName localhost
<Directory />
    AllowOverride none
    Require all denied
</Directory>
TypesConfig /etc/mime.types
ErrorLog "logs/error_log"
LogLevel warn
IncludeOptional conf.d/*.conf
`

const UNIT = `[Service]
Type=forking
PIDFile=/run/httpd/httpd.pid
ExecStart=/usr/sbin/httpd
ExecReload=/usr/sbin/httpd -k graceful
KillSignal=SIGWINCH
KillMode=mixed
PrivateTmp=true
[Install]
WantedBy=multi-user.target
`

/** Takes no arguments, as in Red Hat's releases since 8. */
const APACHECTL = `#!/bin/sh
[ "$#" -eq 1 ] || { echo 'Passing arguments to httpd using apachectl is no longer supported.' >&2; exit 1; }
case $1 in
  graceful) exec systemctl reload httpd.service ;;
  start | stop | restart) exec systemctl "$1" httpd.service ;;
  configtest) exec httpd -t ;;
esac
exit 1
`

const HTTPD = `#!/bin/sh
exec /usr/libexec/httpd -d /etc/httpd -f /etc/httpd/conf/httpd.conf "$@"
`

const MOVE = `
systemctl disable --quiet --now apache2
useradd --system apache
mkdir -p /etc/httpd/conf /etc/httpd/conf.d /etc/httpd/conf.modules.d /usr/libexec /var/log/httpd
ln -s /var/log/httpd /etc/httpd/logs; ln -s /run/httpd /etc/httpd/run
for each in /etc/apache2/mods-enabled/*.load; do cp "$each" "/etc/httpd/conf.modules.d/$(basename "$each" .load).conf"; done
mv /usr/sbin/apache2 /usr/libexec/httpd
rm -rf /etc/apache2 /etc/init.d/apache2 /lib/systemd/system/apache2*.service /usr/sbin/apache2ctl /usr/sbin/apachectl /var/log/apache2
echo 'd /run/httpd 710 root apache' >/etc/tmpfiles.d/httpd.conf; systemd-tmpfiles --create /etc/tmpfiles.d/httpd.conf`

/** Gives a test server that has Debian's Apache the layout of Red Hat's: the same program, and nothing where it was. */
export async function likeRedHat(server: TestServer): Promise<void> {
  await server.exec(MOVE)
  await server.writeFile('/etc/httpd/conf/httpd.conf', MAIN)
  await server.writeFile('/etc/httpd/conf.d/welcome.conf', '# that of the distribution\n')
  await server.writeFile('/etc/systemd/system/httpd.service', UNIT)
  await server.writeFile('/usr/sbin/httpd', HTTPD, { mode: '755' })
  await server.writeFile('/usr/sbin/apachectl', APACHECTL, { mode: '755' })
  await server.exec('systemctl daemon-reload')
}

import { AppServer, Site, WebServer } from 'dye-deploy'
import { describe, expect, it } from 'vitest'

const PLACE = { project: 'carers', live: '/var/django/carers/dev' }

/** The servers of a text for nginx, or the virtual hosts of one for Apache. */
const servers = (text: string) => text.split(/^(?=server \{|<VirtualHost )/m).slice(1)

describe('a site', () => {
  const site = Site.named('carers.test', 'www.carers.test')
  const secure = site.certificate('/etc/ssl/chain.pem', '/etc/ssl/key.pem')

  it('is a description: each method returns a changed copy', () => {
    const before = site.nginx(PLACE)
    site.certificate('/a', '/b').files('/', 'public').canonical().maxBody('1g').listen({ http: 8080 })
    expect(site.nginx(PLACE)).toBe(before)
  })

  it('has its text before it is deployed', () => {
    expect(Site.named('a.test').files('/static/', 'static').nginx(PLACE)).toMatchInlineSnapshot(`
      "# Made by dye-deploy: the site of carers.
      server {
          listen 80;
          listen [::]:80;
          server_name a.test;
          server_tokens off;
          access_log /var/log/nginx/carers-access.log;
          error_log /var/log/nginx/carers-error.log;
          client_max_body_size 10485760;
          gzip on;
          gzip_vary on;
          gzip_types text/plain text/css text/csv text/xml text/javascript application/javascript application/json application/manifest+json application/xml application/rss+xml image/svg+xml;
          add_header X-Content-Type-Options nosniff always;
          location ^~ /.well-known/acme-challenge/ {
              root /var/www/letsencrypt;
              default_type text/plain;
          }
          location ~ "/[.](?!well-known/)" {
              return 403;
          }
          location ^~ /static/ {
              alias /var/django/carers/dev/static/;
              add_header X-Content-Type-Options nosniff always;
              add_header Cache-Control "public, max-age=3600";
              location ~ "/[.](?!well-known/)" {
                  return 403;
              }
          }
          location / {
              return 404;
          }
      }
      "
    `)
    expect(Site.named('a.test').files('/static/', 'static').apache(PLACE)).toMatchInlineSnapshot(`
      "# Made by dye-deploy: the site of carers.
      <IfModule !headers_module>
        Error "the site wants mod_headers: a2enmod headers"
      </IfModule>
      <VirtualHost *:80>
        ServerName a.test
        ServerSignature Off
        <IfFile "/var/log/apache2">
          ErrorLog "/var/log/apache2/carers-error.log"
          CustomLog "/var/log/apache2/carers-access.log" combined
        </IfFile>
        <IfFile "/var/log/httpd">
          ErrorLog "/var/log/httpd/carers-error.log"
          CustomLog "/var/log/httpd/carers-access.log" combined
        </IfFile>
        LimitRequestBody 10485760
        <IfModule deflate_module>
          AddOutputFilterByType DEFLATE text/html text/plain text/css text/csv text/xml text/javascript application/javascript application/json application/manifest+json application/xml application/rss+xml image/svg+xml
        </IfModule>
        Header onsuccess unset X-Content-Type-Options
        Header always set X-Content-Type-Options "nosniff"
        RequestHeader set X-Forwarded-Proto "http"
        Alias "/.well-known/acme-challenge/" "/var/www/letsencrypt/.well-known/acme-challenge/"
        <Directory "/var/www/letsencrypt/.well-known/acme-challenge">
          Require all granted
          Options FollowSymLinks
          AllowOverride None
          <FilesMatch "[.][^./]+$">
            SetHandler default-handler
          </FilesMatch>
        </Directory>
        Alias "/static/" "/var/django/carers/dev/static/"
        <Directory "/var/django/carers/dev/static">
          Require all granted
          Options FollowSymLinks
          AllowOverride None
          FallbackResource disabled
          Header set Cache-Control "public, max-age=3600"
          <FilesMatch "[.][^./]+$">
            SetHandler default-handler
          </FilesMatch>
        </Directory>
        <LocationMatch "/[.](?!well-known/)">
          Require all denied
        </LocationMatch>
      </VirtualHost>
      "
    `)
  })

  it('knows its start page', () => {
    expect(site.url).toBe('http://carers.test/')
    expect(secure.url).toBe('https://carers.test/')
    expect(secure.listen({ https: 8443 }).url).toBe('https://carers.test:8443/')
  })

  it('is reached by http for a certificate only, once it has one', () => {
    for (const text of [secure.nginx(PLACE), secure.apache(PLACE)]) {
      const [first = '', ...others] = servers(text)
      expect(first).toMatch(/listen 443 ssl http2;|\*:443>/)
      expect(first).not.toContain('acme-challenge')
      expect(others.length).toBeGreaterThan(0)
      for (const other of others) {
        expect(other).toMatch(/listen 80;|\*:80>/)
        expect(other).toContain('acme-challenge')
        expect(other).toMatch(/return 301 https:\/\/\$host|Redirect permanent "\/" "https:/)
      }
    }
  })

  it('has further names that lead to the first one, if that is wished', () => {
    const canonical = secure.canonical()
    expect(servers(secure.nginx(PLACE))).toHaveLength(2)
    const [, leading = ''] = servers(canonical.nginx(PLACE))
    expect(leading).toContain('server_name www.carers.test;')
    expect(leading).toContain('return 301 https://carers.test$request_uri;')
    const [own = '', other = ''] = servers(canonical.apache(PLACE))
    expect(own).not.toContain('www.carers.test')
    expect(other).toMatch(/ServerName www.carers.test[\s\S]*"https:\/\/carers.test\/"/)
  })

  it('asks the server of the application, wherever it is', () => {
    const gunicorn = site.upstream(AppServer.gunicorn('wsgi:application'))
    expect(gunicorn.nginx(PLACE)).toContain('proxy_pass http://unix:/run/carers/gunicorn.sock;')
    expect(gunicorn.apache(PLACE)).toContain('"unix:/run/carers/gunicorn.sock|http://dye-carers/"')
    const elsewhere = site.upstream('http://127.0.0.1:8000')
    expect(elsewhere.nginx(PLACE)).toContain('proxy_pass http://127.0.0.1:8000;')
    expect(elsewhere.apache(PLACE)).toContain('"http://127.0.0.1:8000/"')
    expect(site.php('public').nginx(PLACE)).toContain('fastcgi_pass unix:/run/carers/php-fpm.sock;')
  })

  it('tells the application the port that visitors see', () => {
    const asked = (ports: { http?: number; https?: number }) =>
      secure.listen(ports).upstream('unix:/run/a.sock').nginx(PLACE)
    expect(asked({})).toContain('Host $host;')
    expect(asked({ http: 8080 })).toContain('Host $host;')
    expect(asked({ https: 8443 })).toContain('Host $host:$server_port;')
  })

  it('shares nothing with other sites but the server', () => {
    const text = (project: string) => secure.wsgi('wsgi.py').apache({ ...PLACE, project })
    const names = (each: string) => each.match(/WSGIDaemonProcess \S+|\S+-(error|access)\.log/g)
    expect(names(text('one'))).not.toEqual(names(text('two')))
    expect(secure.nginx(PLACE)).toContain('shared:dye-carers:')
    const outside = (each: string) =>
      each.replace(/^(server \{|<VirtualHost )[\s\S]*?^(\}|<\/VirtualHost>)$/gm, '')
    expect(outside(secure.upstream('unix:/run/a.sock').nginx(PLACE)).trim()).toBe(
      '# Made by dye-deploy: the site of carers.',
    )
    expect(
      outside(secure.apache(PLACE))
        .replace(/<IfModule ![\s\S]*?<\/IfModule>\n/g, '')
        .trim(),
    ).toBe('# Made by dye-deploy: the site of carers.')
  })

  it('is not what a web server cannot do', () => {
    expect(() => WebServer.nginx(site.wsgi('wsgi.py'))).toThrow('nginx runs no WSGI applications')
    expect(() => WebServer.apache(site.wsgi('wsgi.py'))).not.toThrow()
    expect(() => WebServer.apache(site.hsts())).toThrow('without a certificate')
    expect(() => WebServer.apache(secure.hsts())).not.toThrow()
    expect(() => WebServer.nginx(site).variables({ a: 'b' })).toThrow('is no template')
  })

  it.each<[string, () => unknown]>([
    ['a name with a line break', () => Site.named('a.test\nlisten 1')],
    ['a name with a semicolon', () => Site.named('a.test;')],
    ['no name', () => Site.named('')],
    ['a first name for several', () => Site.named('*.a.test')],
    ['a name twice', () => Site.named('a.test', 'a.test')],
    ['a relative certificate', () => site.certificate('chain.pem', '/key.pem')],
    ['a certificate with a variable', () => site.certificate('/$ssl/chain.pem', '/key.pem')],
    ['a path outside the release', () => site.files('/static/', '../static')],
    ['an absolute path', () => site.files('/static/', '/static')],
    ['a path with a quote', () => site.files('/static/', 'st"atic')],
    ['a path with a placeholder', () => site.files('/static/', '{{ user }}')],
    ['a URL with a host', () => site.files('http://a.test/', 'static')],
    ['a URL that goes up', () => site.files('/static/../', 'static')],
    ['a URL with a brace', () => site.files('/static{/', 'static')],
    ['a length of time', () => site.files('/static/', 'static', { maxAge: 'long' as '1h' })],
    ['an address with a path', () => site.upstream('http://127.0.0.1/admin')],
    ['an address with a line break', () => site.upstream('http://127.0.0.1\n;')],
    ['an address of PHP by http', () => site.php('public', 'http://127.0.0.1')],
    ['a script with a space', () => site.wsgi('wsgi .py')],
    ['no threads', () => site.wsgi('wsgi.py', { threads: 0 })],
    ['a user with a space', () => site.wsgi('wsgi.py', { user: 'a b' })],
    ['an option with a space', () => site.wsgi('wsgi.py', { more: { 'request-timeout': '1 user=root' } })],
    ['a size', () => site.maxBody('lots')],
    ['a port', () => site.listen({ http: 0 })],
    ['days', () => site.hsts(0.5)],
    ['a place with a space', () => site.nginx({ project: 'a', live: '/srv/my site/dev' })],
  ])('is never told %s', (_, tell) => {
    expect(tell).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  })
})

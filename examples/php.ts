// php.ts
import { AppServer, deploy, git, Host, Php, Release, WebServer } from 'dye-deploy'

const { outcome, release } = await deploy({
  project: 'carers',
  environment: 'production',
  hosts: [Host.ssh('deploy@web1.example.org')],
  source: git('git@git.example.org:carers.git').branch('main'),
  release: Release.under('/var/www').keep(5).share('public/uploads'),
  application: Php.at('.').runsAs('web-server').writable(['var/log']), // composer install included
  processes: [AppServer.phpFpm({ workers: 5, settings: { memory_limit: '256M' } })],
  webServer: WebServer.nginx('nginx/php.conf'), // fastcgi_pass unix:/run/carers/php-fpm.sock;
})
console.log(outcome, release)

// gunicorn.ts
import { AppServer, deploy, WebServer } from 'dye-deploy'
import { options } from './options.js'

const { outcome, release } = await deploy({
  ...options,
  webServer: WebServer.nginx('nginx/production.conf'), // proxy_pass http://unix:/run/carers/gunicorn.sock;
  processes: [AppServer.gunicorn('wsgi_handler:application', { directory: 'wsgi', workers: 3 })],
})
console.log(outcome, release)

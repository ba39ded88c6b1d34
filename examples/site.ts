// site.ts
import { AppServer, deploy, Site, WebServer } from 'dye-deploy'
import { options } from './options.js'

const gunicorn = AppServer.gunicorn('wsgi_handler:application', { directory: 'wsgi' })
const site = Site.named('carers.example.org', 'www.carers.example.org')
  .canonical() // www leads to the first name
  .certificate('/etc/letsencrypt/live/carers/fullchain.pem', '/etc/letsencrypt/live/carers/privkey.pem')
  .hsts(365)
  .files('/static/', 'django/website/static', { hashed: true })
  .files('/uploads/', 'django/website/uploads')
  .upstream(gunicorn) // or .php('public'); or, of Apache, .wsgi('wsgi/wsgi_handler.py')
  .maxBody('20m')

console.log(site.nginx({ project: 'carers', live: '/var/django/carers/dev' }))
const { outcome, release } = await deploy({
  ...options,
  webServer: WebServer.nginx(site), // or .apache(site)
  processes: [gunicorn],
})
console.log(outcome, release)

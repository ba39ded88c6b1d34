// web-app.ts
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { DeployOptions } from 'dye-deploy'
import { Watched } from './watched.js'

const page = readFileSync(new URL('web-app.html', import.meta.url))

/** Starts deploys, shows what they do, and cancels them. Put a login before it. */
export function webApp(sites: ReadonlyMap<string, DeployOptions>): Server {
  const deploys = new Map<string, Watched>()

  return createServer((request, response) => {
    const { method, url, headers } = request
    const site = url?.replace('/deploys/', '') ?? ''
    const [options, running] = [sites.get(site), deploys.get(site)]
    const answer = (status: number) => response.writeHead(status).end()
    // a page of somebody else cannot make a visitor's browser deploy
    if (method !== 'GET' && headers['sec-fetch-site'] !== 'same-origin') return answer(403)
    if (url === '/') return response.setHeader('content-type', 'text/html').end(page)
    if (url === '/deploys') return response.end(JSON.stringify([...sites.keys()]))
    if (!options) return answer(404)
    switch (method) {
      case 'GET':
        return running ? running.watch(response) : answer(204)
      case 'POST':
        if (running?.isOver === false) return answer(409)
        deploys.set(site, new Watched(options))
        return answer(202)
      case 'DELETE':
        running?.cancel()
        return answer(202)
      default:
        return answer(405)
    }
  })
}

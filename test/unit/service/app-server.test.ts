import { AppServer, OptionError, type ProcessKeeper, Release, Worker } from 'dye-deploy'
import { describe, expect, it } from 'vitest'

const release = Release.under('/srv/sites')

describe('the socket of an app server', () => {
  it('is below /run where systemd makes a directory for it', () => {
    expect(AppServer.uwsgi('wsgi:application').socketOf('carers')).toBe('/run/carers/uwsgi.sock')
    expect(AppServer.daphne('asgi:application').socketOf('carers', release)).toBe('/run/carers/daphne.sock')
  })

  it.each<ProcessKeeper>(['user', 'supervisor'])('is where the project is, for the manager %s', manager => {
    const server = AppServer.gunicorn('wsgi:application', { manager })
    expect(server.socketOf('carers')).toBe('/var/django/carers/.dye/run/gunicorn.sock')
    expect(server.socketOf('carers', release)).toBe('/srv/sites/carers/.dye/run/gunicorn.sock')
  })

  it('never has a path that is too long for Linux', () => {
    const server = AppServer.gunicorn('wsgi:application', { manager: 'user' })
    const path = `/srv/${'long/'.repeat(14)}releases/2026`
    const state = `/srv/${'long/'.repeat(14)}.dye`
    const place = { project: 'carers', release: '2026-11-26_14-00-00', directory: path, path, state }
    const start = () => server.start({ ...place, python: undefined, user: undefined })
    expect(start).toThrow(OptionError)
    expect(start).toThrow('too long for a socket')
  })
})

describe('the manager', () => {
  it('is one that is known', () => {
    const manager = 'upstart' as ProcessKeeper
    expect(() => AppServer.gunicorn('wsgi:application', { manager })).toThrow(OptionError)
    expect(() => Worker.manage('qcluster', { manager })).toThrow('systemd, user, supervisor')
  })
})

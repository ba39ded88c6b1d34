import { WebServer } from 'dye-deploy'
import { describe, expect, it } from 'vitest'

describe('addresses that see a site that is off', () => {
  it.each(['192.0.2.7', '192.0.2.0/24', '2001:db8::/32', '::1'])('may be %s', address => {
    expect(() => WebServer.apache('a.conf').allow(address)).not.toThrow()
    expect(() => WebServer.nginx('a.conf').allow(address)).not.toThrow()
  })

  it.each(['example.org', '192.0.2.0/33', '192.0.2.0/', '192.0.2.0/24/8', "1.1.1.1' || '1", ''])(
    'are never %j',
    address => {
      expect(() => WebServer.apache('a.conf').allow(address)).toThrow('is not an address')
      expect(() => WebServer.nginx('a.conf').allow(address)).toThrow('is not an address')
    },
  )
})

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

describe('the maintenance page', () => {
  it('is beside the configuration, unless it is said to be elsewhere', () => {
    const apache = WebServer.apache('apache/production.conf')
    expect(apache.maintenanceFile).toBe('apache/production-maintenance.html')
    expect(apache.maintenancePage('deploy/./off.html').maintenanceFile).toBe('deploy/off.html')
    const nginx = WebServer.nginx('nginx/site')
    expect(nginx.maintenanceFile).toBe('nginx/site-maintenance.html')
    expect(nginx.maintenancePage('off.html').maintenanceFile).toBe('off.html')
  })

  it.each(['', '.', '/etc/passwd', '../off.html', 'deploy/../../off.html'])('is never %j', file => {
    expect(() => WebServer.apache('a.conf').maintenancePage(file)).toThrow('is not a file of a release')
    expect(() => WebServer.nginx('a.conf').maintenancePage(file)).toThrow('is not a file of a release')
  })
})

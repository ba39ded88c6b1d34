import { describe, expect, it } from 'vitest'
import { OptionError } from '../../../src/errors/option-error.js'
import { Host } from '../../../src/host/host.js'
import { parseTarget } from '../../../src/host/host-options.js'

describe('a target', () => {
  it.each([
    ['web1', { user: undefined, address: 'web1', port: undefined }],
    ['deploy@web1.example.org', { user: 'deploy', address: 'web1.example.org', port: undefined }],
    ['deploy@web1:2222', { user: 'deploy', address: 'web1', port: 2222 }],
    ['deploy@[2001:db8::1]:2222', { user: 'deploy', address: '2001:db8::1', port: 2222 }],
    ['[::1]', { user: undefined, address: '::1', port: undefined }],
  ])('%s is taken apart', (target, parts) => {
    expect(parseTarget(target)).toEqual(parts)
  })

  it.each(['', 'a b', '@web1', 'web1:', 'web1:ssh', '2001:db8::1', '-oProxyCommand=x', 'u@-x', 'a@b@c'])(
    '%j is refused, before anything is connected',
    target => {
      expect(() => Host.ssh(target)).toThrow(OptionError)
    },
  )
})

import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { change } from '../../../src/command/command.js'
import { Secret } from '../../../src/command/secret.js'

const VALUE = 'hunter2-canary'
const secret = Secret.of(VALUE)

describe('a secret', () => {
  it.each([
    ['a template', () => `${secret}`],
    ['JSON', () => JSON.stringify({ secret })],
    ['inspect', () => inspect({ deep: [secret] }, { depth: 9, showHidden: true })],
    ['a command that is printed', () => String(change`login ${secret}`)],
    ['a command in JSON', () => JSON.stringify(change`login ${secret}`)],
    [
      'a command that is inspected',
      () => inspect(change`login ${secret}`.withEnv({ A: secret }), { depth: 9 }),
    ],
    ['its keys', () => JSON.stringify(Object.entries(secret))],
  ])('is not seen in %s', (_, show) => {
    expect(show()).not.toContain(VALUE)
  })

  it('is there for who asks for it', () => {
    expect(secret.reveal()).toBe(VALUE)
    expect(Secret.of(secret)).toBe(secret)
  })
})

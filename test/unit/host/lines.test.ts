import { describe, expect, it } from 'vitest'
import { Lines } from '../../../src/host/lines.js'

async function all(lines: Lines): Promise<string[]> {
  const found: string[] = []
  for await (const line of lines) found.push(line)
  return found
}

describe('lines', () => {
  it.each([
    ['one by one', ['a\n', 'b\n'], ['a', 'b']],
    ['several at once', ['a\nb\n\nc\n'], ['a', 'b', '', 'c']],
    [
      'in pieces, within a character too',
      ['a', 'b\nc', Buffer.from([0xc3]), Buffer.from([0xbc]), '\n'],
      ['ab', 'cü'],
    ],
    ['without an end to the last', ['a\nb'], ['a', 'b']],
    ['not at all', [], []],
  ])('arrive %s', async (_, chunks, expected) => {
    const lines = new Lines()
    for (const chunk of chunks) void lines.push(Buffer.from(chunk))
    lines.end()
    expect(await all(lines)).toEqual(expected)
  })

  it('are waited for', async () => {
    const lines = new Lines()
    const reading = all(lines)
    await Promise.resolve()
    void lines.push(Buffer.from('a\n'))
    await Promise.resolve()
    lines.end()
    expect(await reading).toEqual(['a'])
  })

  it('come before the error with which they end', async () => {
    const lines = new Lines()
    void lines.push(Buffer.from('a\nb'))
    lines.end(new RangeError('over'))
    expect(await lines.next()).toEqual({ value: 'a', done: false })
    expect(await lines.next()).toEqual({ value: 'b', done: false })
    await expect(lines.next()).rejects.toThrow('over')
  })

  it('hold the sender back when a megabyte waits, until they have been read', async () => {
    const lines = new Lines()
    expect(lines.push(Buffer.from('small\n'))).toBeUndefined()
    let hasRoom = false
    const room = lines.push(Buffer.from(`${'x'.repeat(1024 * 1024)}\n`))?.then(() => {
      hasRoom = true
    })
    await lines.next()
    await Promise.resolve()
    expect(hasRoom).toBe(false)
    await lines.next()
    await room
    expect(hasRoom).toBe(true)
  })

  it('hold nobody back once their reader has left', async () => {
    const lines = new Lines()
    const room = lines.push(Buffer.from(`${'x'.repeat(1024 * 1024)}\n`))
    for await (const _ of lines) break
    await room
    expect(lines.push(Buffer.from(`${'x'.repeat(1024 * 1024)}\n`))).toBeUndefined()
    expect(await lines.next()).toEqual({ value: undefined, done: true })
  })
})

import { describe, expect, it } from 'vitest'
import { Exclusion } from '../../../../src/host/transfer/exclusion.js'
import { leadsOut, Tree, type TreeEntry } from '../../../../src/host/transfer/tree.js'
import { planOf } from '../../../../src/host/transfer/tree-plan.js'

function treeOf(role: 'source' | 'target', exclude: readonly string[], ...paths: readonly string[]): Tree {
  const tree = new Tree(new Exclusion(exclude), role)
  const common = { size: 1, mode: 0o644, mtime: 1, target: '', device: '1' }
  for (const path of ['/', ...paths]) {
    const type: TreeEntry['type'] = path.endsWith('/') ? 'directory' : 'file'
    const mode = type === 'directory' ? 0o755 : 0o644
    tree.add({ ...common, mode, path: path.replace(/\/$/, ''), type })
  }
  return tree
}

describe('a tree', () => {
  it.each([
    ['link', 'file', false],
    ['a/link', '../file', false],
    ['a/b/link', '../../file', false],
    ['link', '', true],
    ['link', '/etc', true],
    ['link', '..', true],
    ['link', '../x', true],
    ['a/link', '../../x', true],
    ['a/link', 'b/../../../x', true],
    ['a/link', 'b/..', true],
    ['a/link', '..x', false],
  ])('has a link %s to %s, that leads out: %s', (path, target, expected) => {
    expect(leadsOut(path, target)).toBe(expected)
  })

  it.each([
    ['*.pyc', 'a/b.pyc', false, true],
    ['*.pyc', 'a/b.pyc.txt', false, false],
    ['a.c', 'abc', false, false],
    ['var/cache', 'var/cache', true, true],
    ['var/cache', 'x/var/cache', true, false],
    ['/top', 'top', false, true],
    ['/top', 'x/top', false, false],
    ['tmp/', 'x/tmp', true, true],
    ['tmp/', 'x/tmp', false, false],
    ['?', 'x', false, true],
    ['a*b', 'a/b', false, false],
    ['x', '.dye-upload-1', true, true],
  ])('leaves out by %s: %s (a directory: %s): %s', (pattern, path, isDirectory, expected) => {
    expect(new Exclusion([pattern]).covers(path, isDirectory)).toBe(expected)
  })

  it('is sent as far as it differs, directories as a whole', () => {
    const source = treeOf('source', [], 'a/', 'a/1', 'a/2', 'new/', 'new/deep/', 'new/deep/3')
    const plan = planOf(source, treeOf('target', [], 'a/', 'a/1', 'old'), true)
    expect(plan.send.map(({ path }) => path)).toEqual(['a/2', 'new', 'new/deep', 'new/deep/3'])
    expect(plan).toMatchObject({ remove: ['old'], whole: ['new'], into: ['a', ''], blocked: [] })
    expect(planOf(source, source, true)).toMatchObject({ send: [], remove: [], adjust: [] })
  })

  it('keeps what is excluded, also below what is removed', () => {
    const target = treeOf(
      'target',
      ['*.log'],
      'old/',
      'old/x',
      'old/deep/',
      'old/deep/y.log',
      'gone/',
      'gone/z',
    )
    expect(planOf(treeOf('source', ['*.log']), target, true).remove).toEqual(['old/x', 'gone'])
  })

  it('refuses what stands in the way, and other file systems', () => {
    const source = treeOf('source', [], 'a', 'b/', 'b/1')
    const target = treeOf('target', [], 'a/', 'b/')
    expect(planOf(source, target, false).blocked).toEqual(['a'])
    const b = target.entries.get('b')
    if (b) target.entries.set('b', { ...b, device: '2' })
    expect(planOf(source, target, false).foreign).toEqual(['b'])
  })
})

import { describe, expect, it } from 'vitest'
import { unitText, unitWord } from '../../../src/service/unit.js'

const options = {
  description: 'carers: 100% gunicorn',
  command: ['/srv/a b/python', '-m', 'gunicorn', '--bind', 'unix:/run/carers/%i.sock', 'x="$HOME"\\'],
  directory: '/srv/100%',
  env: { GREETING: 'good "day", 100% $HOME' },
  stopSeconds: 60,
}

describe('the unit of systemd', () => {
  it('has each word as it is, and specifiers only in its command', () => {
    const lines = unitText(options).split('\n')
    expect(lines).toContain('Description=carers: 100%% gunicorn')
    expect(lines).toContain('WorkingDirectory=/srv/100%%')
    expect(lines).toContain('Environment="GREETING=good \\"day\\", 100%% $$HOME"')
    expect(lines).toContain(
      'ExecStart="/srv/a b/python" -m gunicorn --bind unix:/run/carers/%i.sock "x=\\"$$HOME\\"\\\\"',
    )
    expect(lines.filter(line => line.startsWith('Runtime') || line.startsWith('ExecStartPost'))).toEqual([])
  })

  it('may have a directory below /run, and something to do once it runs', () => {
    const text = unitText({ ...options, runtimeDirectory: 'carers', afterwards: '[ -L a ] || ln -s %i a' })
    expect(text).toContain('RuntimeDirectory=carers\nRuntimeDirectoryPreserve=yes\n')
    expect(text).toContain('ExecStartPost=/bin/sh -c "[ -L a ] || ln -s %i a"\n')
  })

  it('never gets another line by a word', () => {
    expect(() => unitWord('a\nUser=root')).toThrow('line break')
    expect(() => unitText({ ...options, env: { A: 'b\r' } })).toThrow('line break')
  })
})

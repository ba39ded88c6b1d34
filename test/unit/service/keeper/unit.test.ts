import { describe, expect, it } from 'vitest'
import { AT, type KeptProgram, USER } from '../../../../src/service/keeper/keeper.js'
import { unitText, unitWord } from '../../../../src/service/keeper/unit.js'

const program: KeptProgram = {
  unit: 'carers-gunicorn',
  description: 'carers: 100% gunicorn',
  command: [
    '/srv/a b/python',
    '-m',
    'gunicorn',
    '--bind',
    `unix:/run/carers/${AT}.sock`,
    'x="$HOME"\\',
    '%i',
  ],
  directory: '/srv/100%',
  env: { GREETING: 'good "day", 100% $HOME' },
  stopSeconds: 60,
}

describe('the unit of systemd', () => {
  it('has each word as it is, and its own name', () => {
    const lines = unitText(program).split('\n')
    expect(lines).toContain(`User=${USER}`)
    expect(lines).toContain('Description=carers: 100%% gunicorn')
    expect(lines).toContain('WorkingDirectory=/srv/100%%')
    expect(lines).toContain('Environment="GREETING=good \\"day\\", 100%% $$HOME"')
    expect(lines).toContain(
      'ExecStart="/srv/a b/python" -m gunicorn --bind unix:/run/carers/%i.sock "x=\\"$$HOME\\"\\\\" %%i',
    )
    expect(lines).toContain('WantedBy=multi-user.target')
    expect(lines.filter(line => line.startsWith('Runtime') || line.startsWith('ExecStartPost'))).toEqual([])
  })

  it('may have a directory below /run, and something to do once it runs', () => {
    const text = unitText({ ...program, runtimeDirectory: 'carers', afterwards: `[ -L a ] || ln -s ${AT} a` })
    expect(text).toContain('RuntimeDirectory=carers\nRuntimeDirectoryPreserve=yes\n')
    expect(text).toContain('ExecStartPost=/bin/sh -c "[ -L a ] || ln -s %i a"\n')
  })

  it('of a user has neither another user nor directories of root', () => {
    const text = unitText({ ...program, runtimeDirectory: 'carers', stateDirectory: 'carers' }, 'user')
    expect(text).not.toMatch(/User=|Directory=carers|network/)
    expect(text).toContain('WantedBy=default.target\n')
  })

  it('never gets another line by a word', () => {
    expect(() => unitWord('a\nUser=root')).toThrow('line break')
    expect(() => unitText({ ...program, env: { A: 'b\r' } })).toThrow('line break')
    expect(() => unitText({ ...program, directory: '/srv\nUser=root' })).toThrow('line break')
    expect(() => unitText({ ...program, env: { 'A B': 'c' } })).toThrow(
      'not the name of an environment variable',
    )
  })
})

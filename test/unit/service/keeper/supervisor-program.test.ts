import { execaSync } from 'execa'
import { describe, expect, it } from 'vitest'
import { AT, type KeptProgram, USER } from '../../../../src/service/keeper/keeper.js'
import { supervisorText, supervisorWord } from '../../../../src/service/keeper/supervisor-program.js'

const program: KeptProgram = {
  unit: 'carers-gunicorn',
  description: 'carers: gunicorn',
  command: ['/srv/a b/python', '-m', 'gunicorn', '--bind', `unix:/srv/${AT}.sock`],
  directory: '/srv/100%',
  env: {},
  stopSeconds: 60,
}

const ODD = [
  'a b',
  '',
  '100%',
  '%(here)s',
  '"q"',
  "it's",
  '\\',
  'a ;b',
  'a #b',
  ';',
  '# x',
  '$HOME',
  'a\t;b',
  '~',
  'é',
]

/** What supervisor makes of words: its parser of files, its expansion and its splitting. */
const READ = `
import configparser, json, shlex, sys
parser = configparser.RawConfigParser(inline_comment_prefixes=(';', '#'), strict=False)
parser.read_string(sys.stdin.read())
print(json.dumps(shlex.split(parser.get('program:x', 'command') % {'here': 'HERE'})))
`

describe('the program of supervisor', () => {
  it('has its own name, user and limits', () => {
    const lines = supervisorText({ ...program, stopSignal: 'SIGQUIT' }).split('\n')
    expect(lines).toContain(`[program:carers-gunicorn@${AT}]`)
    expect(lines).toContain(`command="/srv/a b/python" -m gunicorn --bind unix:/srv/${AT}.sock`)
    expect(lines).toContain('directory=/srv/100%%')
    expect(lines).toContain(`user=${USER}`)
    expect(lines).toContain('stopsignal=QUIT')
    expect(lines).toContain('stopwaitsecs=60')
  })

  it('has variables of any value', () => {
    const [, words] = /^command=(.*)$/m.exec(supervisorText({ ...program, env: { A: 'b, "c" ;d' } })) ?? []
    expect(words).toMatch(/^\/usr\/bin\/env "A=b, \\"c\\" "";d" "\/srv/)
  })

  it('has each word as it is, as supervisor reads it', () => {
    const command = ['/bin/echo', ...ODD]
    const input = `[program:x]\ncommand=${command.map(supervisorWord).join(' ')}\n`
    const { stdout } = execaSync('/usr/bin/env', ['python3', '-c', READ], { input })
    expect(JSON.parse(stdout)).toEqual(command)
  })

  it('never gets another line, and no directory that would be cut off', () => {
    expect(() => supervisorWord('a\nuser=root')).toThrow('line break')
    expect(() => supervisorText({ ...program, description: 'a\n[program:b]' })).toThrow('line break')
    expect(() => supervisorText({ ...program, directory: '/srv/a ;b' })).toThrow('cannot have the directory')
    expect(() => supervisorText({ ...program, env: { '-i': '' } })).toThrow('not the name')
  })
})

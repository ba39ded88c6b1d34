import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execaSync } from 'execa'
import { describe, expect, it } from 'vitest'
import { UNITS } from '../../../src/service/cron-units.js'
import { AWKS } from '../../support/awk.js'

/** What is made of a cron file: units by the end of their name, and warnings. */
function made(words: readonly [string, ...string[]], text: string, folder = 'cron.d') {
  const directory = mkdtempSync(join(tmpdir(), 'dye-units-'))
  try {
    const file = join(directory, 'visits')
    const units = join(directory, 'units')
    execaSync('mkdir', [units])
    writeFileSync(file, text)
    const [program, ...more] = words
    const { stderr } = execaSync(program, [...more, UNITS, file], {
      env: {
        LC_ALL: 'C',
        PROJECT: 'carers',
        FOLDER: folder,
        LABEL: `${folder}/visits`,
        KEEPER: `# kept by dye-deploy: ${file}`,
        UNIT: join(units, 'carers-cron-visits'),
      },
    })
    const names = readdirSync(units).sort()
    const read = (name: string) => readFileSync(join(units, name), 'utf8').replaceAll(directory, '/srv')
    return {
      units: Object.fromEntries(names.map(name => [name.replace('carers-cron-visits', ''), read(name)])),
      warnings: stderr === '' ? [] : stderr.split('\n'),
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

describe.each(AWKS.map(words => [words.join(' '), words] as const))(
  'units out of cron files, by %s',
  (_, words) => {
    const linesOf = (text: string, unit = '.service') => made(words, text).units[unit]?.split('\n') ?? []
    const valuesOf = (text: string, key: string) =>
      linesOf(text).flatMap(line => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : []))

    it('have the times, the user, the environment and the command of a job', () => {
      expect(made(words, '*/30 2 * * *\troot\tcd /srv && ./visit\n')).toEqual({
        units: {
          '.timer': `# kept by dye-deploy: /srv/visits
[Unit]
Description=carers: cron.d/visits

[Timer]
OnCalendar=*-*-* 02:00,30:00
AccuracySec=1s

[Install]
WantedBy=timers.target
`,
          '.service': `# kept by dye-deploy: /srv/visits
[Unit]
Description=carers: cron.d/visits

[Service]
Type=oneshot
KillMode=process
SyslogIdentifier=carers-cron-visits
User=root
WorkingDirectory=-~
Environment="PATH=/usr/bin:/bin"
Environment="SHELL=/bin/sh"
ExecStart=/bin/sh -c "cd /srv && ./visit"
`,
        },
        warnings: [],
      })
    })

    it('are numbered if there are several, whatever stands between them', () => {
      const { units, warnings } = made(
        words,
        '# both\n1 * * * * root a\n\n   \n 2 * * * * root b\r\n@daily root c',
      )
      expect(Object.keys(units)).toEqual([
        '-1.service',
        '-1.timer',
        '-2.service',
        '-2.timer',
        '-3.service',
        '-3.timer',
      ])
      expect(units['-2.service']).toContain('ExecStart=/bin/sh -c "b"\n')
      expect(units['-3.timer']).toContain('OnCalendar=*-*-* 00:00:00\n')
      expect(warnings).toEqual([])
    })

    it('run when either of both days is due', () => {
      expect(linesOf('0 0 13 * 5 root a\n', '.timer')).toEqual(
        expect.arrayContaining(['OnCalendar=*-*-13 00:00:00', 'OnCalendar=Fri *-*-* 00:00:00']),
      )
    })

    it.each([
      ['@hourly', 'OnCalendar=*-*-* *:00:00'],
      ['@daily', 'OnCalendar=*-*-* 00:00:00'],
      ['@midnight', 'OnCalendar=*-*-* 00:00:00'],
      ['@weekly', 'OnCalendar=Sun *-*-* 00:00:00'],
      ['@monthly', 'OnCalendar=*-*-01 00:00:00'],
      ['@yearly', 'OnCalendar=*-01-01 00:00:00'],
      ['@Annually', 'OnCalendar=*-01-01 00:00:00'],
      ['@reboot', 'OnBootSec=10s'],
    ])('know what %s is', (often, line) => {
      expect(linesOf(`${often} root a\n`, '.timer')).toContain(line)
    })

    it('take nothing in a command for their own', () => {
      expect(valuesOf('* * * * * root echo "$HOME" \\% \'a\\b\' $(date) ;\n', 'ExecStart')).toEqual([
        '/bin/sh -c "echo \\"$$HOME\\" %% \'a\\\\b\' $$(date) ;"',
      ])
    })

    it('unescape what cron does', () => {
      expect(valuesOf('* * * * * root echo a\\\\b \\x\n', 'ExecStart')).toEqual([
        '/bin/sh -c "echo a\\\\b \\\\x"',
      ])
    })

    it.each([
      ['cat%one%two\\%three', ['one\\ntwo%%three']],
      ['cat%one%', ['one']],
      ['cat%%one', ['\\none']],
      ['cat% a\\b ', ['\\x20a\\\\b\\x20']],
      ['cat%', []],
    ])('give a command its input: %s', (command, input) => {
      const text = `* * * * * root ${command}\n`
      expect(valuesOf(text, 'ExecStart')).toEqual(['/bin/sh -c "cat"'])
      expect(valuesOf(text, 'StandardInputText')).toEqual(input)
    })

    it('give a command an empty line', () => {
      expect(valuesOf('* * * * * root cat%%\n', 'StandardInputData')).toEqual(['Cg=='])
    })

    it('take the environment from the lines above, and MAILTO for nothing', () => {
      const text = `MAILTO=ann@example.org
PATH = /srv/bin:/usr/bin
SHELL=/bin/bash
GREETING = "good day, 100% $HOME"
'NAME'='it''s "Ann"'
HOME=/srv/100%
* * * * * root a
NAME=later
* * * * * root b
MAILTO=""
`
      const { units, warnings } = made(words, text)
      expect(units['-1.service']).toContain(`WorkingDirectory=-/srv/100%%
Environment="PATH=/usr/bin:/bin"
Environment="SHELL=/bin/sh"
Environment="PATH=/srv/bin:/usr/bin"
Environment="SHELL=/bin/bash"
Environment="GREETING=good day, 100%% $HOME"
Environment="NAME=it''s \\"Ann\\""
Environment="HOME=/srv/100%%"
ExecStart=/bin/bash -c "a"
`)
      expect(units['-1.service']).not.toContain('later')
      expect(units['-2.service']).toContain('Environment="NAME=later"\nExecStart=/bin/bash -c "b"\n')
      expect(warnings).toEqual([
        'warning cron.d/visits, line 1: nobody is sent mail, what jobs print is in the journal',
      ])
    })

    it('leave out a line that is bad, say which, and keep the others', () => {
      const text = `61 * * * * root a
@sometimes root a
* * * * * nobody-of-that-name a
* * * * * root
* * * * * ../root a
SHELL=bash -x
CRON_TZ=Europe/Berlin
this is no job
* * * * * root good
`
      const { units, warnings } = made(words, text)
      expect(Object.keys(units)).toEqual(['.service', '.timer'])
      expect(units['.service']).toContain('ExecStart=/bin/sh -c "good"\n')
      expect(warnings).toEqual([
        'warning cron.d/visits, line 1: the minute "61" is not understood, so the job is left out',
        'warning cron.d/visits, line 2: "@sometimes" is not understood, so the job is left out',
        'warning cron.d/visits, line 3: there is no user "nobody-of-that-name", so the job is left out',
        'warning cron.d/visits, line 4: there is no command, so the job is left out',
        'warning cron.d/visits, line 5: there is no user "../root", so the job is left out',
        'warning cron.d/visits, line 6: "bash -x" is no shell',
        'warning cron.d/visits, line 7: CRON_TZ is not heeded, times are those of the server',
        'warning cron.d/visits, line 8: the minute "this" is not understood, so the job is left out',
      ])
    })

    it.each([
      ['cron.hourly', '*-*-* *:17:00'],
      ['cron.daily', '*-*-* 06:25:00'],
      ['cron.weekly', 'Sun *-*-* 06:47:00'],
      ['cron.monthly', '*-*-01 06:52:00'],
    ])('run a file of %s, and make up for what was missed', (folder, calendar) => {
      const { units, warnings } = made(words, '#!/bin/sh\n* * * * * root never\n', folder)
      expect(Object.keys(units)).toEqual(['.service', '.timer'])
      expect(units['.timer']).toMatch(
        new RegExp(
          `OnCalendar=${calendar.replaceAll('*', '[*]')}\nRandomizedDelaySec=\\d+min\nPersistent=true\n`,
        ),
      )
      expect(units['.service']).toContain('User=root\nWorkingDirectory=/\nExecStart="/srv/visits"\n')
      expect(warnings).toEqual([])
    })
  },
)

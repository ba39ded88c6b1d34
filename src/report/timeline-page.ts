import type { DeployResult } from '../deploy/result.js'
import type { Bar, Gap, Track } from './bars.js'
import { Html, html } from './html.js'
import {
  commitLines,
  counted,
  downtimeOf,
  duration,
  harmless,
  isGood,
  MARK,
  OUTCOME,
  releaseOf,
} from './wording.js'

const STYLE = `
:root { color-scheme: light dark; --ink: #1c1e21; --paper: #fff; --faint: #6b7076; --line: #e3e5e8;
  --changed: #2a7de1; --unchanged: #9aa3ad; --undone: #c77700; --failed: #d1242f; --hook: #8250df; --off: #d1242f2e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --paper: #16181b; --faint: #9aa1a9; --line: #2c3036;
  --changed: #58a0f5; --unchanged: #6d757e; --undone: #e09b35; --failed: #ff6b6b; --hook: #b38cf5; --off: #ff6b6b3d; } }
body { font: 14px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto; max-width: 76rem; padding: 0 1rem }
h1 { font-size: 1.4rem; margin: 0 0 .3rem } h2 { font-size: 1.05rem; margin: 1.6rem 0 .4rem }
.faint, caption { color: var(--faint) } .bad { color: var(--failed) }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border-left: 4px solid var(--failed); padding: .2rem 0 .2rem .8rem }
table { border-collapse: collapse; width: 100%; table-layout: fixed } caption { text-align: left; caption-side: bottom; padding-top: .3rem }
th { font-weight: normal; text-align: left; width: 13rem } th.time, td.time { width: 5.5rem; text-align: right; padding-right: .8rem; font-variant-numeric: tabular-nums }
th, td { padding: .12rem .3rem .12rem 0; border-bottom: 1px solid var(--line); overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
td.note { width: 26%; color: var(--faint) } td.track { padding: 0 .7rem 0 0 }
.lane { position: relative; height: 1.5rem } .lane i { position: absolute; top: 0; bottom: 0 }
i.bar { top: .3rem; bottom: .3rem; min-width: 3px; border-radius: 2px } i.off { background: var(--off) }
i.changed { background: var(--changed) } i.unchanged { background: var(--unchanged) } i.undone { background: var(--undone) }
i.failed { background: var(--failed) } i.hook { background: var(--hook) }
.axis span { position: absolute; transform: translateX(-100%); color: var(--faint); font-size: .8rem; white-space: nowrap }
.axis span:first-child { transform: none }
@media (max-width: 50rem) { td.note, th.note { display: none } th { width: 9rem } }`

const TICKS = [0, 0.25, 0.5, 0.75, 1]

function percent(part: number, whole: number): string {
  return `${whole > 0 ? Math.round((part / whole) * 1e4) / 100 : 0}%`
}

function span({ from, to }: Gap, whole: number): string {
  return `left:${percent(from, whole)};width:${percent(to - from, whole)}`
}

function row({ what, status, note, from, to }: Bar, gaps: readonly Gap[], whole: number): Html {
  const mark = status === 'hook' ? 'ƒ' : MARK[status]
  const took = duration(to - from)
  const place = span({ from, to }, whole)
  return html`<tr><th scope="row" title="${what}">${mark} ${what}</th><td class="time">${took}</td>
<td class="track"><div class="lane">${gaps.map(gap => html`<i class="off" style="${span(gap, whole)}"></i>`)}<i class="bar ${status}" style="${place}" title="${`${what}: ${status}, ${took}, from ${duration(from)} on`}"></i></div></td>
<td class="note" title="${harmless(note)}">${harmless(note)}</td></tr>
`
}

function section({ host, bars, gaps }: Track, whole: number): Html {
  const ticks = TICKS.map(
    share => html`<span style="left:${percent(share, 1)}">${duration(Math.round(whole * share))}</span>`,
  )
  const off = gaps
    .map(({ from, to }) => `off for ${duration(to - from)}, from ${duration(from)} on`)
    .join('; ')
  return html`<h2>${host}</h2>
<table><caption>${off ? `The site was ${off} (shaded).` : 'The site was never off.'}</caption>
<thead><tr><th scope="col">step</th><th scope="col" class="time">time</th><th scope="col" class="track" style="width:auto"><div class="lane axis">${ticks}</div></th><td class="note"></td></tr></thead>
<tbody>
${bars.map(bar => row(bar, gaps, whole))}</tbody></table>
`
}

function list(title: string, lines: readonly string[]): Html {
  if (lines.length === 0) return html``
  return html`<h2>${title}</h2><ul>${lines.map(line => html`<li>${harmless(line)}</li>`)}</ul>
`
}

/** A page that shows what took how long: complete in itself, without scripts. */
export function timelinePage(result: DeployResult, tracks: readonly Track[], began: Date): string {
  const { action, project, environment, outcome, durationMs, error, commits, warnings, roundTrips } = result
  const title = `${action} of ${project} (${environment})`
  const whole = Math.max(...tracks.flatMap(({ bars, gaps }) => [...bars, ...gaps].map(({ to }) => to)), 1)
  return html`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}: ${outcome}</title>
<style>${new Html(STYLE)}</style></head>
<body>
<h1>${title}: <span class="${isGood(outcome) ? 'good' : 'bad'}">${OUTCOME[outcome]}</span></h1>
<p class="faint">${releaseOf(result)}, begun <time datetime="${began.toISOString()}">${began.toUTCString()}</time>, took ${duration(durationMs)}; the site was ${downtimeOf(result)}; ${counted(roundTrips, 'round trip')}</p>
${error ? html`<pre>${harmless(error.message)}</pre>` : html``}
${tracks.map(track => section(track, whole))}${list('Commits', commitLines(commits))}${list('Warnings', warnings)}</body></html>
`.text
}

import type { DeployEvent } from '../deploy/events.js'
import type { StepRecord } from '../deploy/result.js'

/** Something that took a while on a host, in milliseconds since the deploy began. */
export interface Bar {
  readonly what: string
  readonly status: StepRecord['status'] | 'hook'
  readonly note: string
  readonly from: number
  readonly to: number
}

/** When the site was off on a host, by the clock of this machine. */
export interface Gap {
  readonly from: number
  readonly to: number
}

/** What happened on a host, in order. */
export interface Track {
  readonly host: string
  readonly bars: readonly Bar[]
  readonly gaps: readonly Gap[]
}

/** Collects what took how long, on each host. */
export class Bars {
  readonly #tracks = new Map<string, { bars: Bar[]; gaps: Gap[]; offSince: number | undefined }>()
  readonly #begun = new Map<string, number>()
  #start = 0

  see(event: DeployEvent): void {
    const at = event.at.getTime() - this.#start
    switch (event.type) {
      case 'started':
        this.#start = event.at.getTime()
        this.#begun.clear()
        this.#tracks.clear()
        for (const host of event.hosts) this.#tracks.set(host, { bars: [], gaps: [], offSince: undefined })
        break
      case 'step-started':
      case 'undo-started':
        this.#begun.set(`${event.host} ${event.step}`, at)
        break
      case 'hook-started':
        this.#begun.set(`${event.host} ${event.moment}`, at)
        break
      case 'hook-ended': {
        const status = event.error ? 'failed' : 'hook'
        this.#add(event.host, event.moment, at, status, event.error?.message.split('\n', 1)[0] ?? '')
        break
      }
      case 'step-ended':
        this.#step(event.record, at)
        break
      case 'ended':
        for (const track of this.#tracks.values()) this.#on(track, at)
        break
      default:
    }
  }

  get tracks(): readonly Track[] {
    return [...this.#tracks].map(([host, { bars, gaps }]) => ({ host, bars, gaps }))
  }

  #step({ host, step, status, note }: StepRecord, at: number): void {
    if (status === 'skipped') return
    this.#add(host, step, at, status, note)
    const track = this.#tracks.get(host)
    if (!track) return
    if (step === 'site-off' && status === 'changed') track.offSince = at
    else if (step === 'site-on' || (step === 'site-off' && status === 'undone')) this.#on(track, at)
  }

  #add(host: string, what: string, to: number, status: Bar['status'], note: string): void {
    const from = this.#begun.get(`${host} ${what}`) ?? to
    this.#begun.delete(`${host} ${what}`)
    this.#tracks.get(host)?.bars.push({ what, status, note, from, to })
  }

  #on(track: { gaps: Gap[]; offSince: number | undefined }, to: number): void {
    if (track.offSince !== undefined) track.gaps.push({ from: track.offSince, to })
    track.offSince = undefined
  }
}

import type { DeployEvent, DeployListener } from '../deploy/events.js'
import type { DeployResult, StepRecord } from '../deploy/result.js'
import { OptionError } from '../errors/option-error.js'
import { isGood } from './wording.js'

type Api = typeof import('@opentelemetry/api')
/** What is used of a span of `@opentelemetry/api`. */
export interface TracedSpan {
  /** Tells more about it. */
  setAttributes(attributes: Record<string, string | number | boolean | string[]>): unknown
  /** Tells whether it went well: 1 is good, 2 is an error. */
  setStatus(status: { code: number; message?: string }): unknown
  /** Adds an error. */
  recordException(error: Error, time?: Date): unknown
  /** Adds something that happened meanwhile. */
  addEvent(name: string, attributes?: Record<string, string>, time?: Date): unknown
  /** Ends it. */
  end(time?: Date): void
}

/** What is used of a tracer of `@opentelemetry/api`. */
export interface SpanTracer {
  /** Begins a span, below that of the context. */
  startSpan(name: string, options?: object, context?: unknown): TracedSpan
}

/** Where spans go. */
export interface OpenTelemetryOptions {
  /** @defaultValue that of the provider which your program has registered, by the name `dye-deploy` */
  readonly tracer?: SpanTracer
}

/** A span, and what is its child. */
interface Open {
  readonly span: TracedSpan
  readonly context: unknown
}

/** The spans of one deploy. */
class Trace {
  readonly #tracer: SpanTracer
  readonly #hosts = new Map<string, Open>()
  readonly #running = new Map<string, Open>()
  #root: Open | undefined

  constructor(
    private readonly api: Api,
    tracer: SpanTracer | undefined,
  ) {
    this.#tracer = tracer ?? api.trace.getTracer('dye-deploy')
  }

  see(event: DeployEvent): void {
    const { at } = event
    switch (event.type) {
      case 'started': {
        const { action, project, environment, hosts } = event
        const attributes = { 'dye.action': action, 'dye.project': project, 'dye.environment': environment }
        this.#root = this.#open(`${action} ${project}`, undefined, at, {
          ...attributes,
          'dye.hosts': [...hosts],
        })
        for (const host of hosts)
          this.#hosts.set(host, this.#open(host, this.#root, at, { 'dye.host': host }))
        break
      }
      case 'step-started':
        this.#begin(event.host, event.step, at, { 'dye.step': event.step, 'dye.title': event.title })
        break
      case 'undo-started':
        this.#begin(event.host, event.step, at, { 'dye.step': event.step, 'dye.undo': true }, 'undo ')
        break
      case 'hook-started':
        this.#begin(event.host, event.moment, at, { 'dye.hook': event.moment }, 'hook ')
        break
      case 'hook-ended':
        this.#end(event.host, event.moment, at, event.error)
        break
      case 'step-ended':
        this.#endStep(event.record, at)
        break
      case 'command-ended': {
        const { exitCode, durationMs, command, host, step } = event
        const attributes = { 'dye.command': command, 'process.exit.code': exitCode ?? -1 }
        const start = new Date(at.getTime() - durationMs)
        const parent = this.#running.get(`${host} ${step}`) ?? this.#hosts.get(host)
        this.#open('command', parent, start, attributes).span.end(at)
        break
      }
      case 'warning':
        this.#root?.span.addEvent('warning', { message: event.message, 'dye.host': event.host ?? '' }, at)
        break
      case 'ended':
        this.#finish(event.result, at)
        break
      default:
    }
  }

  #open(name: string, parent: Open | undefined, startTime: Date, attributes: object): Open {
    const { context, trace } = this.api
    const within = (parent?.context ?? context.active()) as ReturnType<Api['context']['active']>
    const span = this.#tracer.startSpan(name, { startTime, attributes }, within)
    return { span, context: trace.setSpan(within, span as Parameters<Api['trace']['setSpan']>[1]) }
  }

  #begin(host: string, what: string, at: Date, attributes: object, prefix = ''): void {
    const span = this.#open(`${prefix}${what}`, this.#hosts.get(host), at, {
      ...attributes,
      'dye.host': host,
    })
    this.#running.set(`${host} ${what}`, span)
  }

  #end(host: string, what: string, at: Date, failure: Error | string | undefined): void {
    const key = `${host} ${what}`
    const span = this.#running.get(key)?.span
    if (failure !== undefined) this.#fail(span, failure, at)
    span?.end(at)
    this.#running.delete(key)
  }

  #endStep({ host, step, status, note }: StepRecord, at: Date): void {
    this.#running.get(`${host} ${step}`)?.span.setAttributes({ 'dye.status': status, 'dye.note': note })
    this.#end(host, step, at, status === 'failed' ? note : undefined)
  }

  #fail(span: TracedSpan | undefined, failure: Error | string, at: Date): void {
    const message = failure instanceof Error ? failure.message : failure
    span?.setStatus({ code: this.api.SpanStatusCode.ERROR, message })
    if (failure instanceof Error) span?.recordException(failure, at)
  }

  #finish(result: DeployResult, at: Date): void {
    const { outcome, error, release, revision, downtime, roundTrips, connections } = result
    for (const { span } of this.#running.values()) span.end(at)
    for (const { host, outcome: own, error: reason } of result.hosts) {
      const span = this.#hosts.get(host)?.span
      span?.setAttributes({ 'dye.outcome': own })
      if (own === 'unknown' || !isGood(own)) this.#fail(span, reason ?? own, at)
      span?.end(at)
    }
    this.#root?.span.setAttributes({
      'dye.outcome': outcome,
      'dye.release': release,
      'dye.revision': revision ?? '',
      'dye.downtime_ms': downtime?.milliseconds ?? 0,
      'dye.round_trips': roundTrips,
      'dye.connections': connections,
    })
    if (!isGood(outcome)) this.#fail(this.#root?.span, error ?? outcome, at)
    this.#root?.span.end(at)
  }
}

async function load(): Promise<Api> {
  try {
    return await import('@opentelemetry/api')
  } catch {
    throw new OptionError('onEvent', 'the package @opentelemetry/api is not installed', 'npm install it.')
  }
}

/**
 * A listener that makes spans: the deploy, below it each host, below that its steps and your hooks, and below a step its
 * commands. They belong to the span that is active when the deploy begins. Needs the package `@opentelemetry/api`, and
 * an exporter that your program sets up.
 *
 * @example
 * ```ts
 * await deploy({ ...options, onEvent: openTelemetry() })
 * ```
 */
export function openTelemetry({ tracer }: OpenTelemetryOptions = {}): DeployListener {
  let loaded: Promise<unknown> | undefined
  let kept: DeployEvent[] | undefined = []
  let see: ((event: DeployEvent) => void) | undefined
  return event => {
    if (event.type === 'output' || event.type === 'progress') return undefined
    if (event.type === 'started') {
      kept = []
      see = undefined
      loaded = load().then(api => {
        const trace = new Trace(api, tracer)
        for (const each of kept ?? []) trace.see(each)
        kept = undefined
        see = each => trace.see(each)
      })
    }
    if (see) see(event)
    else kept?.push(event)
    return event.type === 'started' ? loaded : undefined
  }
}

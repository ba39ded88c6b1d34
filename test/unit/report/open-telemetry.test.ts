import { SpanStatusCode } from '@opentelemetry/api'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { beforeAll, describe, expect, it } from 'vitest'
import { openTelemetry } from '../../../src/report/open-telemetry.js'
import { recordedRun } from '../../support/recorded-run.js'
import { localPlace } from '../../support/temporary.js'

describe('spans', () => {
  const place = localPlace()

  const traced = async (more: Parameters<typeof recordedRun>[1]) => {
    const exporter = new InMemorySpanExporter()
    const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
    const onEvent = openTelemetry({ tracer: provider.getTracer('test') })
    const { result } = await recordedRun(place.directory, { ...more, more: { onEvent } })
    const spans = exporter.getFinishedSpans()
    const parentOf = ({ parentSpanContext }: ReadableSpan) =>
      spans.find(span => span.spanContext().spanId === parentSpanContext?.spanId)?.name
    return { result, spans, parentOf }
  }
  const ms = ([seconds, nanoseconds]: readonly [number, number]) => seconds * 1000 + nanoseconds / 1e6

  describe('of a deploy that went well', () => {
    let run: Awaited<ReturnType<typeof traced>>
    beforeAll(async () => {
      run = await traced({})
    })

    it('are deploy, host, step and command, each within the other', () => {
      const { spans, parentOf } = run
      expect(new Set(spans.map(span => span.spanContext().traceId)).size).toBe(1)
      const named = (name: string) => spans.filter(span => span.name === name)
      expect(named('deploy carers').map(parentOf)).toEqual([undefined])
      expect(named('web1').map(parentOf)).toEqual(['deploy carers'])
      expect(named('migrate-database').map(parentOf)).toEqual(['web1'])
      expect(named('hook after build-virtualenv').map(parentOf)).toEqual(['web1'])
      expect(new Set(named('command').map(parentOf))).toContain('migrate-database')
      expect(named('collect-assets')).toEqual([]) // it was skipped
    })

    it('have the times of what they tell, not of their telling', () => {
      const { spans, result } = run
      const span = spans.find(({ name }) => name === 'migrate-database')
      const record = result.steps.find(({ step }) => step === 'migrate-database')
      expect(Math.abs(ms(span?.duration ?? [0, 0]) - (record?.durationMs ?? 0))).toBeLessThan(20)
    })

    it('have attributes', () => {
      const [root] = run.spans.filter(({ name }) => name === 'deploy carers')
      expect(root?.attributes).toMatchObject({
        ...{ 'dye.project': 'carers', 'dye.environment': 'production', 'dye.hosts': ['web1'] },
        ...{ 'dye.outcome': 'deployed', 'dye.downtime_ms': 1500, 'dye.release': run.result.release },
      })
      expect(root?.status.code).toBe(SpanStatusCode.UNSET)
      expect(root?.events.map(({ name }) => name)).toEqual(['warning'])
    })
  })

  it('of one that failed tell where and why, and all have ended', async () => {
    const { spans, parentOf } = await traced({ hosts: ['web1', 'web2'], fails: true })
    const failed = spans.filter(({ status }) => status.code === SpanStatusCode.ERROR).map(({ name }) => name)
    expect(failed.sort()).toEqual(['deploy carers', 'migrate-database', 'migrate-database', 'web1', 'web2'])
    const root = spans.find(({ name }) => name === 'deploy carers')
    expect(root?.status.message).toContain('exit code 3')
    expect(root?.events.map(({ name }) => name)).toContain('exception')
    expect(
      spans
        .filter(({ name }) => name === 'undo site-off')
        .map(parentOf)
        .sort(),
    ).toEqual(['web1', 'web2'])
    expect(spans.every(({ ended }) => ended)).toBe(true)
  })

  it('go to the provider of the program when none is given, which may be none', async () => {
    const { result } = await recordedRun(place.directory, { more: { onEvent: openTelemetry() } })
    expect(result.warnings).toEqual(['mind <this>'])
  })
})

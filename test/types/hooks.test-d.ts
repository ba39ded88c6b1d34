import { Deployment, type DeployOptions, type DeployResult, type Host, type Outcome } from 'dye-deploy'
import { describe, expectTypeOf, it } from 'vitest'

declare const options: DeployOptions
declare const host: Host
declare const result: DeployResult

describe('hooks', () => {
  it('know the revision once the source is there, and not before', () => {
    new Deployment(options)
      .before('check-disk', ({ release }) =>
        expectTypeOf(release.revision).toEqualTypeOf<string | undefined>(),
      )
      .before('fetch-source', ({ release }) =>
        expectTypeOf(release.revision).toEqualTypeOf<string | undefined>(),
      )
      .after('fetch-source', ({ release }) => expectTypeOf(release.revision).toEqualTypeOf<string>())
      .before('switch-release', ({ release }) => expectTypeOf(release.revision).toEqualTypeOf<string>())
      .replace('collect-assets', ({ host: there }) => expectTypeOf(there).toEqualTypeOf<Host>())
    const hooks: DeployOptions['hooks'] = {
      preDeploy: ({ release }) => expectTypeOf(release.revision).toEqualTypeOf<string | undefined>(),
      postDeploy: ({ release }) => expectTypeOf(release.revision).toEqualTypeOf<string>(),
      onFailure: ({ error }) => expectTypeOf(error).toEqualTypeOf<Error>(),
      before: { reload: ({ release }) => expectTypeOf(release.revision).toEqualTypeOf<string>() },
    }
    expectTypeOf(hooks).not.toBeAny()
  })

  it('are for steps that there are', () => {
    // @ts-expect-error there is no such step
    new Deployment(options).before('no-such-step', () => {})
    // @ts-expect-error there is no such step
    new Deployment(options).skip('switch')
  })
})

describe('a host', () => {
  it('runs templates and argument vectors, never a string of shell', () => {
    void host.run`ls ${['a', 'b']} ${3}`
    void host.run(['ls', 3])
    // @ts-expect-error a string could hold anything
    void host.run('ls')
    // @ts-expect-error what would it be?
    void host.run`ls ${undefined}`
    // @ts-expect-error nor this
    void host.run`ls ${{ a: 1 }}`
  })
})

describe('options and results', () => {
  it('cannot be written to', () => {
    // @ts-expect-error read-only
    options.project = 'x'
    // @ts-expect-error read-only
    options.hosts.push(host)
    // @ts-expect-error read-only
    result.outcome = 'deployed'
  })

  it('have an outcome of a known set', () => {
    expectTypeOf(result.outcome).toEqualTypeOf<Outcome>()
    expectTypeOf<'rolled-back'>().toExtend<Outcome>()
    expectTypeOf(result.exitCode).toEqualTypeOf<0 | 1 | 2>()
  })
})

import { describe, expect, it } from 'vitest'
import { BalancerError } from '../../../src/errors/balancer-error.js'
import { OptionError } from '../../../src/errors/option-error.js'
import { FakeHost } from '../../../src/fake/fake-host.js'
import { HaProxy, type HaProxyOptions } from '../../../src/web-server/haproxy.js'
import { backendState, serversOf } from '../../../src/web-server/haproxy-answers.js'

const STATE_COLUMNS =
  'be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord'

/** A server as `show servers state` and `show stat` tell of it. */
interface Told {
  readonly name: string
  readonly address?: string
  readonly operation?: number
  readonly administration?: number
  readonly weight?: number
  readonly fqdn?: string
  readonly sessions?: number
}

/** What HAProxy 2.6 answers, the columns behind those that count left out. */
function answer(servers: readonly Told[], before = ''): string {
  const states = servers.map(
    ({ name, address = '10.0.0.1', operation = 2, administration = 0, weight = 1, fqdn = '-' }, index) =>
      `3 carers ${index + 1} ${name} ${address} ${operation} ${administration} ${weight} 1 1 15 3 4 6 0 0 0 ${fqdn} 80 -`,
  )
  const statistics = servers.map(
    ({ name, operation = 2, sessions = 0 }) =>
      `carers,${name},0,0,${sessions},3,,9,${operation === 0 ? 'DOWN' : 'UP'},1,${operation === 0 ? 'L7STS,500' : 'L7OK,200'},`,
  )
  return [
    `${before}1`,
    `# ${STATE_COLUMNS}`,
    ...states,
    '',
    '# pxname,svname,qcur,qmax,scur,smax,slim,stot,status,weight,check_status,check_code,',
    ...statistics,
    '',
    '',
  ].join('\n')
}

const TWO: readonly Told[] = [
  { name: 'web1', address: '10.0.0.1' },
  { name: 'web2', address: '10.0.0.2' },
]

describe('what HAProxy answers', () => {
  it('tells how its servers are', () => {
    const { servers, complaint } = backendState(
      answer([
        { name: 'web1', sessions: 7 },
        { name: 'web2', address: '-', operation: 0, fqdn: 'web2.example.org' },
        { name: 'web3', administration: 8 },
        { name: 'web4', weight: 0 },
      ]),
    )
    expect(complaint).toBe('')
    expect(
      servers.map(({ name, isWell, isOut, isReady, sessions }) => [name, isWell, isOut, isReady, sessions]),
    ).toEqual([
      ['web1', true, false, true, 7],
      ['web2', false, false, false, 0],
      ['web3', true, true, false, 0],
      ['web4', true, false, false, 0],
    ])
    expect(servers[1]).toMatchObject({ addresses: ['web2.example.org'], health: 'DOWN L7STS/500' })
  })

  it('begins with what it has to say against it, once', () => {
    const two = "Can't find backend.\n\nNo such proxy.\n\n"
    expect(backendState(two)).toEqual({ servers: [], complaint: "Can't find backend. No such proxy." })
    expect(backendState('Permission denied\n\nPermission denied\n').complaint).toBe('Permission denied')
    expect(backendState(answer(TWO, 'No such server.\n\n')).complaint).toBe('No such server.')
    expect(backendState(answer(TWO, '\n')).complaint).toBe('')
    expect(backendState('')).toEqual({ servers: [], complaint: '' })
  })
})

describe('the server that a host is', () => {
  const { servers } = backendState(
    answer([
      ...TWO,
      { name: 'web3.example.org', address: '10.0.0.3' },
      { name: 'a', address: '10.0.0.4' },
      { name: 'b', address: '10.0.0.4' },
      { name: 'six', address: '::6' },
    ]),
  )
  it.each<[string, readonly string[], Readonly<Record<string, string>>?]>([
    ['web1', ['web1']],
    ['deploy@web1:2222', ['web1']],
    ['deploy@web2.example.org', ['web2']],
    ['deploy@web3.example.org', ['web3.example.org']],
    ['deploy@10.0.0.2', ['web2']],
    ['deploy@[::6]:22', ['six']],
    ['10.0.0.4', ['a', 'b']],
    ['web1.example.org', ['web2'], { 'web1.example.org': 'web2' }],
    ['deploy@web1.example.org', ['web2'], { 'deploy@web1.example.org': 'web2' }],
    ['web1', [], { web1: 'web9' }],
    ['web9', []],
    ['10.0.0.9', []],
  ])('%s is %j', (host, names, named = {}) => {
    expect(serversOf(host, servers, named).map(({ name }) => name)).toEqual(names)
  })
})

describe('HAProxy', () => {
  const work = (answers: readonly string[], more: Partial<HaProxyOptions> = {}) => {
    const left = [...answers]
    const machine = new FakeHost('lb').answer(/SPEAK|socket/, () => left.shift() ?? answers.at(-1) ?? '')
    const session = HaProxy.on(machine, { backend: 'carers', drainSeconds: 0, ...more }).open()
    const told = () =>
      machine.transcript.flatMap(command => /set server [^;']*/.exec(command)?.[0].trim() ?? [])
    return { session, told }
  }

  it('drains a server, and makes it ready, once', async () => {
    const { session, told } = work([answer(TWO)])
    expect(await session.leave('web1.example.org')).toEqual({
      changed: true,
      note: 'web1 gets no new visitors',
    })
    expect(await session.join('web1.example.org')).toEqual({
      changed: true,
      note: 'web1 gets visitors again',
    })
    expect(await session.join('web1.example.org')).toMatchObject({ changed: false })
    expect(told()).toEqual(['set server carers/web1 state drain', 'set server carers/web1 state ready'])
  })

  it('waits for requests under way, and goes on with a warning when the time is up', async () => {
    const busy = answer([{ name: 'web1', sessions: 3 }, { name: 'web2' }])
    const waited = work([answer(TWO), busy, busy, busy, answer(TWO)], { drainSeconds: 30 })
    expect((await waited.session.leave('web1')).warnings).toBeUndefined()
    const hurried = work([busy])
    expect((await hurried.session.leave('web1')).warnings).toEqual([
      'web1 still served 3 requests after 0 s of draining',
    ])
  })

  it.each([1, 8, 32])('leaves a server as it was that is out already (%i)', async administration => {
    const { session, told } = work([answer([{ name: 'web1', administration }, { name: 'web2' }])])
    expect((await session.leave('web1')).note).toContain('it stays so')
    expect(await session.join('web1')).toMatchObject({ changed: false })
    expect(told()).toEqual([])
  })

  it.each<[string, Told]>([
    ['down', { name: 'web2', operation: 0 }],
    ['drained', { name: 'web2', administration: 8 }],
    ['without weight', { name: 'web2', weight: 0 }],
  ])('does not drain the only one that is ready: the other is %s', async (_, other) => {
    const { session, told } = work([answer([{ name: 'web1' }, other])])
    expect((await session.leave('web1')).note).toBe(
      'no other server of carers is ready: web1 goes on, or the site would be down',
    )
    expect(told()).toEqual([])
  })

  it('says so when it does not find a server well that was put back, unless it did not before', async () => {
    const ill = answer([{ name: 'web1', operation: 0 }, { name: 'web2' }])
    const { session } = work([answer(TWO), answer(TWO), answer(TWO), ill], { joinSeconds: 0 })
    await session.leave('web1')
    await expect(session.join('web1')).rejects.toMatchObject({
      code: 'SERVER_DOWN',
      host: 'lb',
      message: expect.stringContaining('DOWN L7STS/500'),
    })
    const never = work([ill], { joinSeconds: 0 })
    await never.session.leave('web1')
    expect((await never.session.join('web1')).note).toBe('web1 gets visitors again once it is well')
  })

  it('puts back what is still out when it is closed', async () => {
    const { session, told } = work([answer(TWO)])
    await session.leave('web2')
    await session.close()
    expect(told()).toEqual(['set server carers/web2 state drain', 'set server carers/web2 state ready'])
  })

  it('lists the servers there are for a host that it does not know', async () => {
    const { session } = work([answer(TWO)])
    const error = await session.check('deploy@web9.example.org').catch(thrown => thrown)
    expect(error).toBeInstanceOf(BalancerError)
    expect(error).toMatchObject({ code: 'UNKNOWN_SERVER', host: 'lb' })
    expect(error.message).toContain('none is, of web1 (10.0.0.1), web2 (10.0.0.2)')
    expect(error.message).toContain("servers: { 'deploy@web9.example.org': 'web1' }")
  })

  it('tells what HAProxy says against it', async () => {
    const { session } = work(["Can't find backend.\n\nNo such proxy.\n"])
    await expect(session.check('web1')).rejects.toMatchObject({
      code: 'BALANCER_FAILED',
      message: expect.stringContaining("Can't find backend."),
    })
  })

  it.each<Partial<HaProxyOptions>>([
    { backend: 'a; shutdown sessions' },
    { backend: '' },
    { servers: { web1: 'web1 state maint' } },
    { drainSeconds: -1 },
    { joinSeconds: Number.NaN },
  ])('refuses %j', wrong => {
    expect(() => HaProxy.on(new FakeHost(), { backend: 'carers', ...wrong })).toThrow(OptionError)
  })
})

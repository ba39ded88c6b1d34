import { isIP } from 'node:net'

/** A server of a backend, as HAProxy sees it. */
export interface ServerState {
  readonly name: string
  /** Its address, and the name that is looked up for it, as far as there are any. */
  readonly addresses: readonly string[]
  /** True if its checks, if there are any, find it well. */
  readonly isWell: boolean
  /** True if somebody, or the configuration, has drained it or put it into maintenance. */
  readonly isOut: boolean
  /** True if visitors are sent to it. */
  readonly isReady: boolean
  /** Requests that it serves just now, or that wait for it. */
  readonly sessions: number
  /** What the last check said: `UP L7OK/200`. */
  readonly health: string
}

/** What HAProxy answered to `show servers state` and `show stat`, perhaps after something else. */
export interface BackendState {
  readonly servers: readonly ServerState[]
  /** What it has to say besides: that something could not be done. */
  readonly complaint: string
}

type Row = Readonly<Record<string, string>>

/** Values of `srv_op_state`: it is coming up, or up. */
const WELL = ['1', '2']

/** The lines below a heading that begins with these words, up to an empty one; values by their columns. */
function table(lines: readonly string[], heading: string, separator: string): readonly Row[] {
  const start = lines.findIndex(line => line.startsWith(`# ${heading}`))
  if (start < 0) return []
  const columns = lines[start]?.slice(2).split(separator) ?? []
  const length = lines.slice(start).indexOf('')
  const rows = lines.slice(start + 1, length < 0 ? undefined : start + length)
  return rows.map(row => {
    const values = row.split(separator)
    return Object.fromEntries(columns.map((column, index) => [column, values[index] ?? '']))
  })
}

function healthOf({ status = '', check_status = '', check_code = '' }: Row): string {
  const check = [check_status, check_code].filter(part => part !== '').join('/')
  return [status, check].filter(part => part !== '').join(' ')
}

/** Reads what HAProxy answers to `show servers state <backend>; show stat <backend> 4 -1`. */
export function backendState(answer: string): BackendState {
  const lines = answer.split('\n').map(line => line.trim())
  const statistics = new Map(table(lines, 'pxname', ',').map(row => [row.svname, row]))
  const servers = table(lines, 'be_id', ' ').map((row): ServerState => {
    const { srv_name: name = '', srv_addr = '-', srv_fqdn = '-', srv_uweight } = row
    const statistic = statistics.get(name) ?? {}
    const isWell = WELL.includes(row.srv_op_state ?? '')
    const isOut = row.srv_admin_state !== '0'
    return {
      name,
      addresses: [srv_addr, srv_fqdn].filter(address => address !== '-' && address !== ''),
      isWell,
      isOut,
      isReady: isWell && !isOut && srv_uweight !== '0',
      sessions: Number(statistic.scur ?? 0) + Number(statistic.qcur ?? 0),
      health: healthOf(statistic),
    }
  })
  const end = lines.findIndex(line => line.startsWith('# '))
  const said = lines.slice(0, end < 0 ? undefined : end).filter(line => line !== '' && !/^\d+$/.test(line))
  return { servers, complaint: [...new Set(said)].join(' ') }
}

/** The name or address of a host out of what one logs in to: `deploy@web1.example.org:2222`. */
function bareName(host: string): string {
  const place = host.slice(host.lastIndexOf('@') + 1)
  return /^\[(.*)\](?::\d+)?$/.exec(place)?.[1] ?? place.replace(/^([^:]*):\d+$/, '$1')
}

/**
 * The servers that a host may be: that which it was said to be; else those with its name, or the first part of it; else
 * those with its address.
 *
 * @param named - names of servers by those of hosts, with or without the user
 */
export function serversOf(
  host: string,
  servers: readonly ServerState[],
  named: Readonly<Record<string, string>>,
): readonly ServerState[] {
  const bare = bareName(host)
  const wish = named[host] ?? named[bare]
  if (wish !== undefined) return servers.filter(({ name }) => name === wish)
  const names = isIP(bare) ? [bare] : [bare, bare.split('.')[0]]
  const namesakes = servers.filter(({ name }) => names.includes(name))
  return namesakes.length > 0 ? namesakes : servers.filter(({ addresses }) => addresses.includes(bare))
}

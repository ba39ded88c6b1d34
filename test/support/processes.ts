import { setTimeout as pause } from 'node:timers/promises'
import { execa } from 'execa'

/** Ids of the processes that run with these very arguments. */
export async function running(args: string): Promise<number[]> {
  const { stdout } = await execa('ps', ['-eo', 'pid=,args='])
  return stdout.split('\n').flatMap(line => {
    const [, pid, words] = /^\s*(\d+) (.*)$/.exec(line) ?? []
    return words === args ? [Number(pid)] : []
  })
}

/** True once none runs any more; false if one still does after five seconds. */
export async function gone(args: string): Promise<boolean> {
  for (let tries = 0; tries < 100; tries += 1) {
    if ((await running(args)).length === 0) return true
    await pause(50)
  }
  return false
}

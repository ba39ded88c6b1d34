// server.ts
import { ask, change, Host, Secret } from 'dye-deploy'

// or an alias of ~/.ssh/config; a key that is not in known_hosts is refused
await using web1 = Host.ssh('deploy@web1.example.org', {
  sudoPassword: () => Secret.of(process.env.SUDO_PASSWORD ?? ''), // asked for once, and only if sudo asks
})

// each value is one word, whatever is in it; an array is several
const { lines } = await web1.within('/etc').ask`ls -d -- ${['hosts', 'ssh']}`
console.log(lines)

// one round trip for several commands, each with a result of its own
const [disk, load] = await web1.runAll([ask`df -P / | tail -n 1`, ask`cat /proc/loadavg`])
console.log(disk?.exitCode, load?.durationMs)

// line by line while it is printed; ended, with all it has started, after ten seconds of silence
for await (const line of web1.limitedBy({ idleTimeout: 10_000 }).ask`seq 1 3`) console.log(line)

// put together: as root, through a pipe that fails if any part of it does, into a file
await web1.runAll([ask`cat /etc/hosts`.asRoot().pipe(change`gzip`).to('/tmp/hosts.gz')])

// files are written beside and renamed; a secret gets mode 600, and is in no argument vector, output or log
const token = Secret.of('s3cret-t0ken')
await web1.files.write('.token', token)
console.log((await web1.ask`cat .token`).stdout)

// trees come by rsync where both sides have it, else by tar, and never half
const { via, files } = await web1.upload('site', 'site', { delete: true, exclude: ['*.map'] })
console.log(via, files)

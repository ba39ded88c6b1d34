/**
 * A deployer that kills itself in a hook right after a step: a program of its own.
 * Arguments: address, private key, known_hosts, tag, step, `apache` or `nginx`.
 */
import { deploy, Host } from 'dye-deploy'
import { BY_NGINX, carers } from './carers.js'

const [address, identityFile = '', knownHosts = '', tag = '', step = '', by = 'apache'] =
  process.argv.slice(2)
const host = Host.ssh(`deploy@${address}`, { identityFile, knownHosts })
const server = by === 'nginx' ? BY_NGINX : {}
const die = () => process.kill(process.pid, 'SIGKILL')
await deploy(carers(host, tag, { ...server, hooks: { after: { [step]: die } } }))
console.log('it is still alive')

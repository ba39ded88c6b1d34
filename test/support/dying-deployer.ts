/**
 * A deployer that kills itself right after a step: a program of its own.
 * Arguments: address, private key, known_hosts, tag, step.
 */
import { deploy, Host } from 'dye-deploy'
import { carers } from './carers.js'

const [address, identityFile = '', knownHosts = '', tag = '', step = ''] = process.argv.slice(2)
const host = Host.ssh(`deploy@${address}`, { identityFile, knownHosts })
const die = () => process.kill(process.pid, 'SIGKILL')
await deploy(carers(host, tag, { hooks: { after: { [step]: die } } }))
console.log('it is still alive')

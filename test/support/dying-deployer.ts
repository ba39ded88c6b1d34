/**
 * A deployer that kills itself right after a step: a program of its own. It does so in a hook, where the server
 * waits for what comes next, or when it is told of the step's end, where the server has been told to go on.
 * Arguments: address, private key, known_hosts, tag, step, `hook` or `event`, `apache` or `nginx`.
 */
import { type DeployEvent, deploy, Host } from 'dye-deploy'
import { BY_NGINX, carers } from './carers.js'

const [address, identityFile = '', knownHosts = '', tag = '', step = '', moment = 'hook', by = 'apache'] =
  process.argv.slice(2)
const host = Host.ssh(`deploy@${address}`, { identityFile, knownHosts })
const server = by === 'nginx' ? BY_NGINX : {}
const die = () => process.kill(process.pid, 'SIGKILL')
if (moment === 'hook') await deploy(carers(host, tag, { ...server, hooks: { after: { [step]: die } } }))
else {
  const onEvent = (event: DeployEvent) => {
    if (event.type === 'step-ended' && event.record.step === step) die()
  }
  await deploy(carers(host, tag, { ...server, onEvent }))
}
console.log('it is still alive')

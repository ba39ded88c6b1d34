// balancer.ts
import { deploy, HaProxy, Host } from 'dye-deploy'
import { options } from './options.js'

const { outcome, hosts } = await deploy({
  ...options,
  hosts: [Host.ssh('deploy@web1.example.org'), Host.ssh('deploy@web2.example.org')],
  balancer: HaProxy.on(Host.ssh('deploy@lb.example.org'), { backend: 'carers' }), // servers web1 and web2
  atATime: 1,
})
console.log(outcome, hosts.length)

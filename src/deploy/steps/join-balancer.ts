import { script } from '../../command/script.js'
import type { Step } from '../step.js'
import { whyStaying } from './leave-balancer.js'

/** Lets the balancer send visitors to the host again; it has to find it well. */
export const joinBalancer: Step = {
  name: 'join-balancer',
  title: 'put the host back into the balancer',
  phase: 'window',
  rolling: true,
  skip: whyStaying,
  script: ({ host, rotation, limits }) => script([], () => rotation.join(host.name, limits)),
  takeBack: ({ host, rotation }) => rotation.leave(host.name),
}

import { script } from '../../command/script.js'
import type { Step } from '../step.js'

/** Makes sure, before anything is changed, that the balancer knows the host. */
export const checkBalancer: Step = {
  name: 'check-balancer',
  title: 'find the host in the balancer',
  phase: 'beside',
  onlyAsks: true,
  skip: ({ rotation }) => (rotation.isEmpty ? 'there is no balancer' : undefined),
  script: ({ host, rotation, limits }) => script([], () => rotation.check(host.name, limits)),
}

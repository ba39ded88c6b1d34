import { script } from '../../command/script.js'
import type { StepContext } from '../context.js'
import type { Step } from '../step.js'

/** Why hosts stay in the balancer. */
export function whyStaying({ rotation, needsWindow }: StepContext): string | undefined {
  if (rotation.isEmpty) return 'there is no balancer'
  return needsWindow ? 'the site is off, on all hosts' : undefined
}

/** Lets the balancer send nobody to the host any more, and waits for those who are there. */
export const leaveBalancer: Step = {
  name: 'leave-balancer',
  title: 'take the host out of the balancer',
  phase: 'window',
  rolling: true,
  skip: whyStaying,
  script: ({ host, rotation, limits }) => script([], () => rotation.leave(host.name, limits)),
  takeBack: ({ host, rotation }) => rotation.join(host.name),
}

import { ask } from '../command/command.js'
import { type Script, script } from '../command/script.js'

/** The three branches that should be one; those that are unknown or do not matter are undefined. */
export interface Branches {
  /** The one that the options name. */
  readonly chosen: string
  /** The one that was deployed last. */
  readonly deployed: string | undefined
  /** The one that is checked out where the deploy is started, if that is a checkout of the same repository. */
  readonly local: string | undefined
}

/** Asks, on the controller, for the branch that is checked out in its working directory. */
export function localBranch(url: string, directory: string): Script<string | undefined> {
  return script(
    [
      ask`cd -- ${directory} && git remote get-url origin 2>/dev/null || :`,
      ask`git -C ${directory} symbolic-ref --quiet --short HEAD 2>/dev/null || :`,
    ],
    ([origin, branch]) => (origin.stdout === url ? branch.stdout || undefined : undefined),
  )
}

/** True if there is something to ask about. */
export function disagree({ chosen, deployed, local }: Branches): boolean {
  return [deployed, local].some(branch => branch !== undefined && branch !== chosen)
}

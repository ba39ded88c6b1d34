import { styleText } from 'node:util'

/** A style of a text on a terminal. */
export type Style = 'green' | 'red' | 'yellow' | 'dim' | 'bold' | 'cyan'

/** Puts a text into a style, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string

/** Colours, or none. */
export function paintOf(color: boolean): Paint {
  return color ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text
}

/** Whether there are colours by default: https://no-color.org, and FORCE_COLOR as Node takes it. */
export function hasColor(isTTY: boolean, env: NodeJS.ProcessEnv): boolean {
  if (env.FORCE_COLOR !== undefined) return !['0', 'false'].includes(env.FORCE_COLOR)
  return isTTY && !env.NO_COLOR && env.TERM !== 'dumb'
}

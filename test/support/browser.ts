import { type Browser, chromium } from 'playwright-core'

/** Debian's Chromium, which asks nobody else's servers for anything. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  })
}

import type { TestServer } from '../support/test-server.js'

const STOP = '/run/stop-watching'

/** Looks at the arguments of all processes, every 20 ms, until it is told to stop; prints those that have a secret. */
const WATCH = `
import glob, os, sys, time
secrets = [line.strip().encode() for line in sys.stdin if line.strip()]
while not os.path.exists('${STOP}'):
    for name in glob.glob('/proc/[0-9]*/cmdline'):
        try:
            words = open(name, 'rb').read()
        except OSError:
            continue
        if any(secret in words for secret in secrets):
            print(words, flush=True)
    time.sleep(0.02)
`

/** Watches the process list of a server. */
export class ProcessWatch {
  readonly #seen: Promise<string>

  constructor(
    private readonly server: TestServer,
    private readonly secrets: readonly string[],
  ) {
    this.#seen = server
      .exec(`rm -f ${STOP}; exec python3 -c "${WATCH.replaceAll('"', '\\"')}"`, {
        input: secrets.join('\n'),
        reject: false, // in a power cut it ends, too
      })
      .then(({ stdout }) => stdout)
  }

  /** What was seen in arguments, and in files that all may read. */
  async stop(): Promise<string> {
    const find = `touch ${STOP}; secrets=$(cat)
      find /var/django /home /tmp /var/log /etc -type f -perm /o=r -size -4096k 2>/dev/null -print0 |
        xargs -0r grep -laF -e "$secrets" -- || :`
    const { stdout } = await this.server.exec(find, { input: this.secrets.join('\n') })
    return `${await this.#seen}${stdout}`
  }
}

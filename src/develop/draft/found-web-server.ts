import type { ProjectTree } from './project-tree.js'

/** A web server's configuration that was found in a project. */
export interface FoundWebServer {
  readonly kind: 'apache' | 'nginx'
  readonly file: string
  /** True: it asks gunicorn, by a socket or a port. */
  readonly asksServer: boolean
}

function kindOf(text: string): FoundWebServer['kind'] | undefined {
  if (/^\s*<VirtualHost\b/m.test(text)) return 'apache'
  return /^\s*server\s*\{/m.test(text) && /\b(server_name|listen)\b/.test(text) ? 'nginx' : undefined
}

/** Looks for the configuration of a web server. */
export function findWebServer(
  tree: ProjectTree,
  { project, environment }: { readonly project: string; readonly environment: string },
  notes: string[],
): FoundWebServer | undefined {
  const all = tree.files.flatMap(file => {
    const kind =
      /(\.conf|\.nginx|\.vhost)$/.test(file) && !/-maintenance\./.test(file)
        ? kindOf(tree.text(file))
        : undefined
    return kind ? [{ kind, file }] : []
  })
  const [chosen = all[0]] = all.filter(({ file }) => file.includes(environment))
  if (chosen === undefined) return undefined
  const others = all.filter(({ file }) => file !== chosen.file).map(({ file }) => file)
  if (others.length > 0)
    notes.push(`of the configurations ${chosen.file} was taken, not ${others.join(', ')}`)
  const text = tree.text(chosen.file)
  const live = `/var/django/${project}/dev/`
  if (!text.includes(live)) notes.push(`${chosen.file} does not name ${live}, where the live code will be`)
  const asked = /^\s*(?:proxy_pass|ProxyPass\s+\S+)\s+"?([^\s;"|]+)/m.exec(text)?.[1]
  const socket = `/run/${project}/gunicorn.sock`
  if (asked !== undefined && !asked.includes(socket)) {
    notes.push(`${chosen.file} asks ${asked}; gunicorn will be at ${socket}`)
  }
  return { ...chosen, asksServer: asked !== undefined }
}

import type { Secret } from '../command/secret.js'

/** A name and a password, or token, for the repository's server. */
export interface Login {
  readonly username: string
  readonly password: Secret
}

/** How the server logs in to the repository's server. */
export interface GitAccess {
  /** Without user name and password: what stands in a URL stands in argument vectors and in files. */
  readonly url: string
  readonly login?: Login | undefined
  readonly deployKey?: Secret | undefined
  readonly knownHosts?: string | undefined
}

/** Answers git from the environment, which none but the same user can read. */
const CREDENTIAL_HELPER =
  '!f() { [ "$1" != get ] || printf "username=%s\\npassword=%s\\n" "$DYE_GIT_USERNAME" "$DYE_GIT_PASSWORD"; }; f'

/** Options of git that make it ask our environment for the password, for the repository's own server only. */
function loginOptions({ url, login }: GitAccess): readonly string[] {
  if (!login) return []
  const key = `credential.${new URL(url).origin}.helper`
  return ['-c', `${key}=`, '-c', `${key}=${CREDENTIAL_HELPER}`]
}

/** True for a path on the server itself. */
export function isLocal(url: string): boolean {
  return url.startsWith('file://') || !/^[^/]*:/.test(url)
}

/** Options of git itself, before its subcommand. What is on the server may have its submodules there, too. */
export function accessOptions(access: GitAccess): readonly string[] {
  const files = isLocal(access.url) ? ['-c', 'protocol.file.allow=always'] : []
  return [...loginOptions(access), ...files]
}

/** Never asks on a terminal that is not there. */
export function accessEnvironment(access: GitAccess): Readonly<Record<string, string | Secret>> {
  const { login, deployKey, knownHosts } = access
  return {
    GIT_TERMINAL_PROMPT: '0',
    GIT_SSH_COMMAND: 'ssh -o BatchMode=yes',
    ...(login && { DYE_GIT_USERNAME: login.username, DYE_GIT_PASSWORD: login.password }),
    ...(deployKey && { DYE_GIT_KEY: deployKey }),
    ...(knownHosts && { DYE_GIT_KNOWN_HOSTS: knownHosts }),
  }
}

/**
 * Shell text that puts a deploy key, and the host keys that are to be trusted, into files that are gone when the
 * command ends: in memory where the server has such a place.
 */
export const SSH_FILES = `
  if [ -n "$DYE_GIT_KEY$DYE_GIT_KNOWN_HOSTS" ]; then
    for place in "$XDG_RUNTIME_DIR" /dev/shm /tmp; do
      [ -n "$place" ] && keys=$(mktemp -d -p "$place" 2>/dev/null) && break
    done
    trap 'rm -rf -- "$keys"' EXIT
    trap 'exit 143' HUP INT TERM
    if [ -n "$DYE_GIT_KEY" ]; then
      (umask 077; printf '%s\\n' "$DYE_GIT_KEY" >"$keys/key") || exit
      GIT_SSH_COMMAND="$GIT_SSH_COMMAND -o IdentitiesOnly=yes -i $keys/key"
    fi
    if [ -n "$DYE_GIT_KNOWN_HOSTS" ]; then
      printf '%s\\n' "$DYE_GIT_KNOWN_HOSTS" >"$keys/hosts" || exit
      GIT_SSH_COMMAND="$GIT_SSH_COMMAND -o StrictHostKeyChecking=yes -o UserKnownHostsFile=$keys/hosts -o GlobalKnownHostsFile=/dev/null"
    fi
    export GIT_SSH_COMMAND
  fi`

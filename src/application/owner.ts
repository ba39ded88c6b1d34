import { AS_ROOT } from '../command/as-root.js'
import { ask, type Command, change, userName } from '../command/command.js'

/** The user that an application's processes run as; `web-server`: whoever the web server of the host runs as. */
export type ApplicationUser = 'web-server' | (string & {})

/** Users that web servers run as: Debian's, Red Hat's, nginx.org's, Alpine's. */
const WEB_SERVERS = ['www-data', 'apache', 'nginx', 'http']

/** Sets `$user`; ends with a clear word when there is no such user. */
function find(user: ApplicationUser): Command {
  if (user !== 'web-server') {
    const name = userName(user)
    return ask`user=$(id -un -- ${name} 2>/dev/null) || { echo ${`there is no user ${name}`} >&2; exit 1; }`
  }
  return ask`
    user=; for each in ${WEB_SERVERS}; do user=$(id -un -- "$each" 2>/dev/null) && break; done
    [ -n "$user" ] || { echo ${`there is no user of a web server: neither ${WEB_SERVERS.join(' nor ')}`} >&2; exit 1; }`
}

/** Prints the name of the user that an application runs as. */
export function askForUser(user: ApplicationUser): Command {
  return ask`${find(user)}
    echo "$user"`
}

/**
 * Lets an application read a file that nobody else may read: it is the application's, mode 600, if root deploys; else
 * it stays that of the deploying user, who has to read it, too, and the group of the application may read it, mode 640.
 */
export function letRead(user: ApplicationUser, file: string): Command {
  return change`${find(user)}
    if [ "$user" = "$(id -un)" ]; then chmod 600 -- ${file}
    elif [ "$(id -u)" = 0 ]; then chown -- "$user" ${file} && chmod 600 -- ${file}
    else
      group=$(id -gn -- "$user")
      [ "$(stat -c %G -- ${file})" = "$group" ] || chgrp -- "$group" ${file} 2>/dev/null || sudo -n chgrp -- "$group" ${file}
      chmod 640 -- ${file}
    fi`
}

/**
 * Makes directories the application's, with all that is in them, unless they are. The group of the deploying user may
 * write into them, and what is made there later is that group's, too.
 */
export function give(user: ApplicationUser, directories: readonly string[]): Command {
  return change`${find(user)}
    for each in ${directories}; do
      [ "$(stat -c %U -- "$each")" != "$user" ] || continue
      ${AS_ROOT}
      $root chown -hR -- "$user:$(id -gn)" "$each" && $root chmod 2775 -- "$each" || exit
      echo given
    done`
}

/** Lets an application write into directories, and whatever is made in them later. */
export function makeWritable(
  user: ApplicationUser,
  directories: readonly string[],
  by: 'owner' | 'group' | 'acl',
): Command {
  if (by === 'owner') return give(user, directories)
  if (by === 'acl') {
    return change`${find(user)}
      setfacl -R -m u:"$user":rwX -m d:u:"$user":rwX -m d:u:"$(id -un)":rwX -- ${directories}`
  }
  return change`${find(user)}
    ${AS_ROOT}; $root chgrp -R -- "$(id -gn -- "$user")" ${directories} && $root chmod -R g+rwX -- ${directories} &&
    find ${directories} -type d -exec $root chmod g+s -- {} +`
}

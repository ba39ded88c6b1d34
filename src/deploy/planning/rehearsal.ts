import { posix } from 'node:path'
import { ask, type Command, change } from '../../command/command.js'
import { Layout } from '../../release/layout.js'

/**
 * The layout of a project in which the release to come, what it shares and its mirror are in a directory of a plan's own:
 * what is made there is nobody else's, and gone when the plan is made. All else is what it is.
 */
export class Rehearsal extends Layout {
  constructor(
    private readonly real: Layout,
    /** Absolute; it is there, and nobody but who plans may look into it. */
    readonly scratch: string,
    private readonly target: string,
  ) {
    super(real.root, real.names)
  }

  /** Takes all of it away. */
  get removal(): Command {
    return change`rm -rf -- ${this.scratch}`
  }

  /** Copies what is shared and small, such as private settings: whoever makes them private again makes the copy private. */
  get preparation(): Command {
    const { shared } = this.real
    return change`
      mkdir -- ${this.shared} ${this.release(this.target)} && [ -d ${shared} ] || exit 0
      cd -- ${shared} && find . -type f -size -64k \( -name '*settings*' -o -name '.env*' \) -print | while IFS= read -r file; do
        mkdir -p -- ${this.shared}/"$(dirname -- "$file")" && cp -p -- "$file" ${this.shared}/"$file" 2>/dev/null || :
      done`
  }

  /** The mirror that is there. */
  get lender(): string {
    return this.real.mirror
  }

  override get shared(): string {
    return posix.join(this.scratch, 'shared')
  }

  override get mirror(): string {
    return posix.join(this.scratch, 'mirror')
  }

  override release(name: string): string {
    return name === this.target ? posix.join(this.scratch, 'release') : this.real.release(name)
  }
}

/** Makes a directory that nobody else can look into; prints its path. */
export const makeScratch = change`umask 077; mktemp -d "\${TMPDIR:-/tmp}/dye-plan-XXXXXXXX"`

/** Names of migration files that one release has and the other has not: a guess at what is pending, where it cannot be asked. */
export function newMigrationFiles(release: string, live: string): Command {
  const list = (directory: string) =>
    ask`{ cd -- ${directory} 2>/dev/null && find . -path '*/migrations/*.py' ! -name __init__.py ! -path '*/.ve/*' | sort; }`
  return ask`
    known=$(${list(live)})
    ( ${list(release)} ) | grep -vxF -e "$known" | sed -e 's|^[.]/||' -e 's|/migrations/|.|' -e 's|.*/\([^/]*\)$|\1|' -e 's|[.]py$||' || :`
}

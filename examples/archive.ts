// archive.ts
import { ask, change, type Fetched, type FetchPlace, type Script, type Source, script } from 'dye-deploy'

/** What a build server has packed: a tar file at a URL, known by its SHA-256. */
export class Archive implements Source {
  readonly chosenBranch = undefined

  constructor(
    readonly url: string,
    private readonly sha256: string,
  ) {}

  get title(): string {
    return `archive ${this.url}`
  }

  fetch({ release }: FetchPlace): Script<Fetched> {
    const file = `${release}/.archive`
    const bring = change`curl -fsS -L -o ${file} -- ${this.url}`
    const check = ask`printf '%s  %s\n' ${this.sha256} ${file} | sha256sum -c --quiet -`
    const unpack = change`
      tar -xf ${file} -C ${release} && rm -- ${file} && printf '%s' ${this.sha256} >${`${release}/.revision`}`
    return script([bring, check, unpack], () => ({ revision: this.sha256, commits: [] }))
  }

  revisionOf(release: string): Script<string | undefined> {
    return script([ask`cat -- ${`${release}/.revision`}`], ([{ stdout }]) => stdout)
  }

  /** An archive has no history. */
  log = () => script([], () => [])

  /** Prints nothing: what was changed by hand in a release is not known. */
  localChanges = () => ask`true`
}

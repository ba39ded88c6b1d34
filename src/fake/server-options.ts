import type { FakeClock } from './machine/clock.js'
import type { FakeRepository } from './machine/repositories.js'
import type { FakePackage } from './programs/programs.js'

/** A user of a server in memory. */
export interface FakeUser {
  /** True: sudo lets it be anybody, without a password. @defaultValue false */
  readonly sudo?: boolean
  /** Groups besides the one of its own name. @defaultValue none */
  readonly groups?: readonly string[]
  /** @defaultValue `/home/` and its name */
  readonly home?: string
}

/** A file of a server in memory; a text is its content, of root's, readable by all. */
export type FakeFile =
  | string
  | {
      readonly content: string
      /** @defaultValue `0o644` */
      readonly mode?: number
      /** @defaultValue `root` */
      readonly owner?: string
    }
  | {
      /** Where a link points to. */
      readonly link: string
    }
  | {
      /** On which a process of yours listens, which no deploy starts: a site that leads there is well. */
      readonly socket: true
    }

/** What a program of your own gets to know. */
export interface FakeProgramCall {
  readonly args: readonly string[]
  /** All that it could read. */
  readonly stdin: string
  /** Name of the user who runs it. */
  readonly user: string
  readonly cwd: string
}

/** A program of your own on a server in memory: what it prints, and how it ends. */
export type FakeProgram = (
  call: FakeProgramCall,
) => string | { readonly stdout?: string; readonly stderr?: string; readonly exitCode?: number }

/** What a server in memory has; see {@link FakeHost.server}. */
export interface FakeServerOptions {
  /** @defaultValue `fake` */
  readonly name?: string
  /** Who logs in. @defaultValue `deploy` */
  readonly user?: string
  /** Users besides root and the web server's. @defaultValue `deploy`, who may use sudo */
  readonly users?: Readonly<Record<string, FakeUser>>
  /** The family of systems that it is of: how Apache is laid out, and which user the web server has. @defaultValue `debian` */
  readonly os?: 'debian' | 'redhat'
  /** What is installed. @defaultValue all but nginx, since Apache is there: `apache2`, or `httpd` on Red Hat */
  readonly packages?: readonly FakePackage[]
  /** Files by absolute path. @defaultValue none but those of the packages */
  readonly files?: Readonly<Record<string, FakeFile>>
  /** Git repositories that it can reach, by their URLs. @defaultValue none */
  readonly repositories?: Readonly<Record<string, FakeRepository>>
  /** Programs of your own, by name; also in place of those that there are, such as `curl`. @defaultValue none */
  readonly programs?: Readonly<Record<string, FakeProgram>>
  /** Its clock. @defaultValue one that begins now, and goes on while programs wait */
  readonly clock?: FakeClock
}

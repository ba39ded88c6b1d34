/** Why the kernel of a server does not do something with a file. */
export type FileFailureCode =
  | 'EACCES'
  | 'EEXIST'
  | 'EINVAL'
  | 'EISDIR'
  | 'ELOOP'
  | 'ENOENT'
  | 'ENOSPC'
  | 'ENOTDIR'
  | 'ENOTEMPTY'
  | 'EPERM'

const WORDS: Readonly<Record<FileFailureCode, string>> = {
  EACCES: 'Permission denied',
  EEXIST: 'File exists',
  EINVAL: 'Invalid argument',
  EISDIR: 'Is a directory',
  ELOOP: 'Too many levels of symbolic links',
  ENOENT: 'No such file or directory',
  ENOSPC: 'No space left on device',
  ENOTDIR: 'Not a directory',
  ENOTEMPTY: 'Directory not empty',
  EPERM: 'Operation not permitted',
}

/** A call of the kernel that failed; its message is what the C library says. It is no `Error`: scripts make many, and nobody wants their stacks. */
export class FileFailure {
  readonly message: string

  constructor(readonly code: FileFailureCode) {
    this.message = WORDS[code]
  }
}

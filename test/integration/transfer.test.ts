import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Host, Secret, type TransferProgress } from 'dye-deploy'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { sshHost } from '../support/carers.js'
import { makeTree, manifest } from '../support/manifest.js'
import { needsTestServer } from '../support/needs.js'
import { TestServer } from '../support/test-server.js'

const WAYS = ['rsync', 'tar', 'sftp'] as const
const MIB = 1024 * 1024

needsTestServer('transfers over SSH', () => {
  let server: TestServer
  let directory: string
  let host: Host
  let number = 0
  let from = ''
  let there = ''

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-transfer-'))
    server = await TestServer.start({ size: '2g' })
    host = sshHost(server)
  })

  beforeEach(async () => {
    number += 1
    from = join(directory, `from-${number}`)
    there = `/home/deploy/t${number}`
    await mkdir(from)
    await host.files.makeDirectory(there)
  })

  afterEach(async () => {
    await server.exec(`rm -rf ${there}`)
    await rm(from, { recursive: true, force: true })
  })

  afterAll(async () => {
    await host?.close()
    await server?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  /** What is beside, on the server; it may take a moment until the server has noticed that we are gone. */
  const leftovers = async () => (await server.exec(`find ${there} -name '.dye-*' | head`)).stdout
  const settled = () => expect.poll(leftovers, { timeout: 10_000 }).toBe('')

  /** A progress listener that cuts the connection when the first bytes have gone: nothing moves here meanwhile. */
  const cutOnce = () => {
    let cut = false
    return ({ bytes }: TransferProgress) => {
      if (cut || bytes === 0) return
      cut = true
      server.cutNow()
    }
  }

  it.each(WAYS)('by %s give the same tree there and back', async via => {
    await makeTree(from)
    const expected = await manifest(from)
    const up = await host.within(there).upload(from, 'a/tree', { via })
    const back = join(directory, `back-${number}`)
    const down = await host.within(there).download('a/tree', back, { via })
    expect(await manifest(back)).toEqual(expected)
    expect(up.via).toBe(via)
    expect(down).toMatchObject({ via, files: up.files, bytes: up.bytes, changed: up.files })
    await writeFile(join(from, 'more'), 'x')
    await writeFile(join(from, 'none'), 'something')
    expect(await host.within(there).upload(from, 'a/tree', { via })).toMatchObject({ changed: 2 })
    expect(await host.within(there).download('a/tree', back, { via })).toMatchObject({ changed: 2 })
    expect(await manifest(back)).toEqual(await manifest(from))
    expect(await leftovers()).toBe('')
  })

  it('choose rsync where it is, else tar, else SFTP', async () => {
    await writeFile(join(from, 'file'), 'x')
    expect((await host.upload(from, `${there}/1`)).via).toBe('rsync')
    await server.exec('mv /usr/bin/rsync /usr/bin/rsync.away')
    try {
      expect((await host.upload(from, `${there}/2`)).via).toBe('tar')
      await expect(host.upload(from, `${there}/2`, { via: 'rsync' })).rejects.toThrow(/no rsync of version 3/)
      await server.exec('mv /usr/bin/tar /usr/bin/tar.away')
      expect((await host.upload(from, `${there}/3`)).via).toBe('sftp')
      expect((await host.download(`${there}/3`, join(directory, `auto-${number}`))).via).toBe('sftp')
    } finally {
      await server.exec(
        'for p in rsync tar; do [ ! -e /usr/bin/$p.away ] || mv /usr/bin/$p.away /usr/bin/$p; done',
      )
    }
  })

  it.each(['auto', 'sftp'] as const)('bring a single file there and back: %s', async via => {
    const file = join(from, '-line\nend')
    await writeFile(file, Buffer.alloc(3 * MIB + 7, 'bytes \0 \xff'), { mode: 0o750 })
    const up = await host.within(there).upload(file, '-x/ü', { via })
    const back = join(from, 'back')
    await host.within(there).download('-x/ü', back, { via })
    expect(Object.values(await manifest(back))).toEqual(Object.values(await manifest(file)))
    expect(up).toMatchObject({ via: via === 'sftp' ? 'sftp' : 'stream', bytes: 3 * MIB + 7 })
    expect(await leftovers()).toBe('')
  })

  it.each(['rsync', 'tar'] as const)('as another user, by %s', async via => {
    await makeTree(from)
    const { files } = host.asRoot()
    const result = await host.asRoot().upload(from, `/srv/root-${via}`, { via })
    expect(result.via).toBe(via)
    expect(await files.stat(`/srv/root-${via}/large`)).toMatchObject({ owner: 'root', group: 'root' })
    const back = join(directory, `root-${number}`)
    await host.asRoot().download(`/srv/root-${via}`, back, { via })
    expect(await manifest(back)).toEqual(await manifest(from))
    await expect(host.asRoot().upload(from, '/srv/x', { via: 'sftp' })).rejects.toMatchObject({
      option: 'via',
    })
    await expect(host.upload(from, `/srv/root-${via}`, { via })).rejects.toThrow(/Permission denied/)
  })

  it('never leave a half file when they are cancelled', async () => {
    const file = join(from, 'file')
    await writeFile(file, Buffer.alloc(200 * MIB, 'new'))
    await host.files.write(`${there}/file`, 'old')
    for (const via of ['auto', 'sftp'] as const) {
      const stop = new AbortController()
      const upload = host.upload(file, `${there}/file`, {
        via,
        signal: stop.signal,
        onProgress: ({ bytes }) => bytes > MIB && stop.abort(),
      })
      await expect(upload).rejects.toMatchObject({ code: 'CANCELLED' })
      await settled()
      expect(await host.files.readText(`${there}/file`)).toBe('old')
      expect(await host.files.list(there)).toEqual(['file'])
    }
    await expect(host.upload(file, `${there}/file`, { timeout: 50 })).rejects.toMatchObject({
      code: 'TIMED_OUT',
    })
    await settled()
  })

  it.each(WAYS)('never leave a half tree when they are cancelled: %s', async via => {
    for (const name of ['a', 'b', 'c', 'd']) await writeFile(join(from, name), Buffer.alloc(60 * MIB, name))
    const stop = new AbortController()
    const options = { via, signal: stop.signal, onProgress: () => stop.abort() }
    await expect(host.upload(from, `${there}/tree`, options)).rejects.toMatchObject({ code: 'CANCELLED' })
    await settled()
    expect(await host.files.list(there)).toEqual([])
    await host.upload(from, `${there}/tree`, { via })
    expect((await host.files.list(`${there}/tree`)).length).toBe(4)
    const again = new AbortController()
    const back = join(directory, `half-${number}`)
    const download = host.download(`${there}/tree`, back, {
      via,
      signal: again.signal,
      onProgress: () => again.abort(),
    })
    await expect(download).rejects.toMatchObject({ code: 'CANCELLED' })
    expect((await readdir(directory)).filter(name => /half|\.dye/.test(name))).toEqual([])
  })

  it.each([...WAYS, 'auto'] as const)('never leave a half file when the connection is cut: %s', async via => {
    const single = via === 'auto'
    const tree = join(from, 'tree')
    await mkdir(tree)
    await writeFile(join(tree, 'file'), Buffer.alloc(200 * MIB, 'new'))
    await writeFile(join(tree, 'other'), Buffer.alloc(200 * MIB, 'new'))
    await host.files.makeDirectory(`${there}/tree`)
    await host.files.write(`${there}/tree/file`, 'old')
    const [local, remote] = single ? [join(tree, 'file'), `${there}/tree/file`] : [tree, `${there}/tree`]
    const fragile = sshHost(server)
    try {
      const error = await fragile.upload(local, remote, { via, onProgress: cutOnce() }).then(
        () => undefined,
        reason => reason,
      )
      expect(error?.name).toMatch(/ConnectionError|TransferError/)
      await settled()
      const { stdout } = await server.exec(
        `cd ${there}/tree && find . -type f -size -${200 * MIB}c -size +3c; head -c 3 file; ls -A`,
      )
      expect(stdout).toMatch(/^(old|new)file(\nother)?$/)
      await fragile.upload(local, remote, { via })
      const back = join(directory, `cut-${number}`)
      const download = fragile.download(remote, back, { via, onProgress: cutOnce() })
      await expect(download).rejects.toThrow(/Could not download/)
      expect((await readdir(directory)).filter(name => /cut|\.dye/.test(name))).toEqual([])
      expect((await server.exec(`stat -c %s ${there}/tree/file`)).stdout).toBe(String(200 * MIB))
    } finally {
      await fragile.close()
    }
  })

  it('sweep away what a killed server has left, and not what is under way', async () => {
    await server.exec(`mkdir -p ${there}/.dye-upload-0000000000000000/tree; chown -R deploy: ${there}`)
    await server.exec(
      `cd ${there} && echo x >.dye-upload-1111111111111111 && chown deploy: .dye*; (flock -n 9; exec sleep 20) 9<.dye-upload-1111111111111111 >/dev/null 2>&1 &`,
    )
    await writeFile(join(from, 'file'), 'x')
    await host.upload(join(from, 'file'), `${there}/file`)
    expect(await leftovers()).toBe(`${there}/.dye-upload-1111111111111111`)
    await server.exec('pkill -x sleep', { reject: false })
  })

  it.each(WAYS)('say that the disk is full, and leave nothing: %s', async via => {
    await writeFile(join(from, 'file'), Buffer.alloc(20 * MIB))
    await server.exec(`mkdir -p ${there}/small && mount -t tmpfs -o size=4m,mode=777 none ${there}/small`)
    await expect(host.upload(from, `${there}/small/tree`, { via })).rejects.toMatchObject({
      name: 'TransferError',
    })
    await settled()
    expect(await host.files.list(`${there}/small`)).toEqual([])
    await server.exec(`umount ${there}/small`)
  })

  it('write nothing outside the target, whatever a tar on the server sends', async () => {
    const evil = join(directory, 'evil')
    await mkdir(join(evil, 'x'), { recursive: true })
    await writeFile(join(evil, 'pwned'), 'pwned')
    await symlink('/tmp', join(evil, 'x/link'))
    const archives = [
      ['-P', '--transform', 's#pwned#../pwned#', 'pwned'],
      ['-P', '--transform', `s#pwned#${directory}/pwned-absolute#`, 'pwned'],
      ['--transform', 's#x/link#x#;s#pwned#x/pwned#', 'x/link', 'pwned'],
    ]
    await host.files.makeDirectory(`${there}/x`)
    await host.files.write(`${there}/x/pwned`, 'pwned')
    for (const words of archives) {
      const { stdout } = await execa('tar', ['-cf', '-', '-C', evil, ...words], { encoding: 'buffer' })
      await server.writeFile('/tmp/evil.tar', stdout)
      await server.exec(
        `mv /usr/bin/tar /usr/bin/tar.away; printf '#!/bin/sh\\ncat >/dev/null; exec cat /tmp/evil.tar\\n' >/usr/bin/tar; chmod 755 /usr/bin/tar`,
      )
      const target = join(directory, 'in/the/target')
      try {
        const download = host.download(there, target, { via: 'tar' })
        await expect(download).rejects.toMatchObject({ code: 'TRANSFER_REFUSED' })
      } finally {
        await server.exec('mv -f /usr/bin/tar.away /usr/bin/tar')
      }
      expect((await readdir(directory)).filter(name => name.includes('pwned'))).toEqual([])
      expect(await readdir(join(directory, 'in/the'))).toEqual([])
    }
  })

  it('files of the host: bytes, owners, secrets that no process list shows', async () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    const { files } = host.within(there)
    await files.write('bytes', all)
    expect((await files.read('bytes')).equals(all)).toBe(true)
    const owned = { owner: 'www-data', group: 'www-data', mode: 0o640 }
    await host.asRoot().files.write(`${there}/owned`, Secret.of('hunter2'.repeat(1000)), owned)
    await host.asRoot().files.write(`${there}/owned`, 'again')
    expect(await files.stat('owned')).toMatchObject(owned)
    await expect(files.read('owned')).rejects.toMatchObject({ code: 'FILE_DENIED' })
    const file = join(from, 'up')
    await writeFile(file, 'up')
    await host.upload(file, `${there}/bytes`)
    expect(await files.readText('bytes')).toBe('up')
    expect(await readFile(file, 'utf8')).toBe('up')
  })
})

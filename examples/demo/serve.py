"""A small pre-fork server for the demo: serve.py STATE LIVE MAINTENANCE

It listens on a free loopback port, which it prints. At each SIGHUP it starts a worker for the release that
LIVE points at, and when that one is ready tells the old one to finish what it has begun: both accept from
the same socket, so no request is refused. STATE/loopback.served tells what it serves since the last one.
It ends when its standard input does, and its workers with it.
"""
import os
import secrets
import select
import signal
import socket
import subprocess
import sys
import threading

STATE, LIVE, MAINTENANCE = sys.argv[1:]
SIGNALS = {signal.SIGHUP, signal.SIGTERM, signal.SIGINT}
START_LIMIT_S = 20


def write(name, text):
    """Only our user may read it; nobody sees half of it."""
    path = os.path.join(STATE, name)
    with open(path + '.new', 'w', opener=lambda *args: os.open(*args, mode=0o600)) as file:
        file.write(text + '\n')
    os.replace(path + '.new', path)
    return path


def start_worker(release, listening, header_file):
    """Returns once the worker is ready, or None if it is not in time."""
    reading, writing = os.pipe()
    python = os.path.join(release, 'django', 'website', '.ve', 'bin', 'python')
    program = os.path.join(os.path.dirname(os.path.realpath(__file__)), 'serve-worker.py')
    fds = (listening.fileno(), writing)
    command = [python, program, release, MAINTENANCE, header_file, *map(str, fds)]
    worker = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=fds, cwd=release)
    os.close(writing)
    with os.fdopen(reading, 'rb') as ready:
        if select.select([ready], [], [], START_LIMIT_S)[0] and ready.read():  # one that died wrote nothing
            return worker
    worker.kill()


def switch(old, listening, header_file):
    """Starts a worker for what is live now, if anything is, and lets the old one end; a failure keeps it."""
    release = os.path.realpath(LIVE)
    there = os.path.isdir(release)
    worker = start_worker(release, listening, header_file) if there else None
    if there and not worker:
        write('loopback.served', 'failed ' + os.path.basename(release))
        return old
    if old:
        old.stdin.close()
    write('loopback.served', os.path.basename(release) if there else 'nothing')
    return worker


def end_with_input():
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


def main():
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    threading.Thread(target=end_with_input, daemon=True).start()
    os.makedirs(STATE, exist_ok=True)
    header_file = write('check-header', 'X-Dye-Check: ' + secrets.token_hex(16))
    listening = socket.create_server(('127.0.0.1', 0), backlog=128)
    listening.setblocking(False)  # two workers wait on it: the one that comes too late must not hang
    write('loopback.pid', str(os.getpid()))
    print(listening.getsockname()[1], flush=True)
    worker = None
    while signal.sigwait(SIGNALS) == signal.SIGHUP:
        worker = switch(worker, listening, header_file)
    if worker:
        worker.communicate()


main()

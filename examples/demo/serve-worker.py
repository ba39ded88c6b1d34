"""A worker of serve.py: serves one release, by its own virtualenv's Python, until its standard input ends."""
import importlib.util
import os
import signal
import socket
import socketserver
import sys
import threading
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

BUSY = b'<!DOCTYPE html><title>Maintenance</title><h1>We are updating this site</h1>'


class Handler(WSGIRequestHandler):
    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, WSGIServer):
    """Takes a socket that is listening already; closing it waits for the requests that it has begun."""

    def __init__(self, listening):
        super().__init__(listening.getsockname(), Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self.server_name, self.server_port = listening.getsockname()
        self.setup_environ()


def application_of(release):
    file = os.path.join(release, 'wsgi', 'wsgi_handler.py')
    spec = importlib.util.spec_from_file_location('wsgi_handler', file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.application


def behind_maintenance(application, maintenance, header_file):
    """The maintenance page is served while the file exists, but not to the one who knows the header."""
    with open(header_file) as file:
        name, value = file.read().strip().split(': ')
    key = 'HTTP_' + name.upper().replace('-', '_')

    def guarded(environ, start_response):
        if os.path.exists(maintenance) and environ.get(key) != value:
            start_response('503 Service Unavailable', [('Content-Type', 'text/html'), ('Retry-After', '5')])
            return [BUSY]
        return application(environ, start_response)

    return guarded


def main(release, maintenance, header_file, listening_fd, ready_fd):
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signal.valid_signals())
    server = Server(socket.socket(fileno=int(listening_fd)))
    server.set_app(behind_maintenance(application_of(release), maintenance, header_file))
    threading.Thread(target=server.serve_forever, args=(0.02,)).start()
    os.write(int(ready_fd), b'ready')
    os.close(int(ready_fd))
    sys.stdin.read()
    server.shutdown()
    server.server_close()


main(*sys.argv[1:])

"""A network that fails in just the way that a test needs."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress


class Proxy:
    """Stands between a store and its server. `spoil` decides what becomes of the next bytes from the store."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.spoil: Callable[[socket.socket, socket.socket, bytes], None] | None = None
        self.mute = False
        self._ends: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def close(self) -> None:
        hang_up(self._listener)
        for end in self._ends:
            hang_up(end)
        while self._threads:
            self._threads.pop().join()
        for end in (self._listener, *self._ends):
            end.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._ends.append(client)
                server = socket.socket()
                self._ends.append(server)
                if server.connect_ex(("127.0.0.1", self._target)):
                    hang_up(client)
                    continue
                self._start(self._forward, client, server)
                self._start(self._pump, server, client)

    def _start(self, work: Callable[..., None], *ends: socket.socket) -> None:
        self._threads.append(threading.Thread(target=work, args=ends))
        self._threads[-1].start()

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                spoil, self.spoil = self.spoil, None
                if spoil:
                    spoil(client, server, data)
                    return
                server.sendall(data)
        hang_up(server)

    def _pump(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                if not self.mute:
                    client.sendall(data)
        hang_up(client)


def hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


def lose_the_reply(client: socket.socket, server: socket.socket, data: bytes) -> None:
    """Pass the statement on, but never its answer."""
    client.shutdown(socket.SHUT_RDWR)
    server.sendall(data)


def lose_the_statement(client: socket.socket, server: socket.socket, _: bytes) -> None:
    hang_up(client)
    hang_up(server)


def swallow(_client: socket.socket, _server: socket.socket, _data: bytes) -> None:
    """Keep the connection open and say nothing."""

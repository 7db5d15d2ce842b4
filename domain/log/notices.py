"""How processes on one PostgreSQL tell each other that the log has grown.

By NOTIFY after the commit: inside the transaction that appends, it would make the commits of all processes take turns.
"""

import selectors
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

import psycopg

from domain.kernel.refusals import Unavailable
from domain.log.contract import Head
from domain.log.feed import Bell
from domain.log.libpq import keywords

CHANNEL = "aftercare_log"
APPLICATION = "aftercare notices"
"""How the connection calls itself in pg_stat_activity."""

_FIRST_DELAY, _LONGEST_DELAY = 0.05, 2.0


class Notices:
    """One thread with one connection: rings the bell here for what others append, and tells others what we appended.

    It survives the loss of its connection. Until it is back, those who follow the log find what is new by looking.
    """

    def __init__(self, url: str, bell: Bell, head: Callable[[], Head]) -> None:
        """Take where the log is, what to ring, and how to find out what happened while nobody listened."""
        self._address = keywords(url)
        self._bell = bell
        self._head = head
        self._called = False
        self._closing = threading.Event()
        self._inbox, self._outbox = socket.socketpair()
        self._outbox.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="aftercare-notices")
        self._thread.start()

    def tell(self) -> None:
        """Tell other processes soon that the log has grown; costs the caller next to nothing."""
        if not self._called:  # otherwise the thread is on its way, and one notification tells of several commits
            self._called = True
            self._call()

    def close(self) -> None:
        """Hang up and end the thread."""
        self._closing.set()
        self._call()
        self._thread.join()
        self._inbox.close()
        self._outbox.close()

    def _call(self) -> None:
        with suppress(OSError):  # full: the thread is being called already; closed: nobody is there any more
            self._outbox.send(b"!")

    def _run(self) -> None:
        delay = _FIRST_DELAY
        while not self._closing.is_set():
            try:
                with self._connected() as connection:
                    delay = _FIRST_DELAY
                    self._look()  # at what was told while nobody listened
                    self._tell(connection)  # of what nobody was told meanwhile
                    self._attend(connection)
            except psycopg.Error:
                self._closing.wait(delay)
                delay = min(2 * delay, _LONGEST_DELAY)

    def _connected(self) -> psycopg.Connection:
        connection = psycopg.connect(**self._address | {"application_name": APPLICATION}, autocommit=True)
        try:
            # A notification may be lost, so it need not be durable: no flush, and no wait for a standby.
            connection.execute("SET synchronous_commit = off")
            connection.execute(f"LISTEN {CHANNEL}".encode())
        except BaseException:
            connection.close()
            raise
        return connection

    def _attend(self, connection: psycopg.Connection) -> None:
        """Pass on what is heard and tell what is new, until the log is closed or the connection lost."""
        callers: list[int] = []
        connection.add_notify_handler(lambda notice: callers.append(notice.pid))  # what arrives while we tell
        with selectors.DefaultSelector() as selector:
            selector.register(self._inbox, selectors.EVENT_READ)
            selector.register(connection.pgconn.socket, selectors.EVENT_READ)
            while True:
                if self._inbox in [key.fileobj for key, _ in selector.select()]:
                    self._inbox.recv(4096)
                    if self._called:
                        self._called = False
                        self._tell(connection)
                if self._closing.is_set():
                    return  # not before what was appended last was told
                connection.pgconn.consume_input()
                while notice := connection.pgconn.notifies():
                    callers.append(notice.be_pid)
                if set(callers) - {connection.info.backend_pid}:
                    self._look()
                callers.clear()

    @staticmethod
    def _tell(connection: psycopg.Connection) -> None:
        connection.execute(f"NOTIFY {CHANNEL}".encode())

    def _look(self) -> None:
        """Ring for where the log ends now: a notification says that it grew, and nothing else is believed."""
        with suppress(Unavailable):  # those who follow the log look by themselves before long
            self._bell.ring(self._head().position)

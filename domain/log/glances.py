"""How a log on SQLite soon learns what other processes append: nobody can tell it, so it glances at the file."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing

from domain.kernel.refusals import Unavailable
from domain.log.contract import Head
from domain.log.feed import Bell
from domain.log.sqlite_connections import connect

_SECONDS = 0.004
"""From glance to glance. A glance costs some 20 µs; half this time is what those who wait for a fact lose by it."""
_SECONDS_AFTER_TROUBLE = 0.5
_SECONDS_UNHEARD = 0.5
_BUSY_SECONDS = 1.0


class Glances:
    """One thread with one connection: rings the bell for what others append, while somebody waits for it."""

    def __init__(self, path: str, bell: Bell, head: Callable[[], Head]) -> None:
        """Take where the log is, what to ring, and how to find out how far it has grown."""
        self._path, self._bell, self._head = path, bell, head
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="aftercare-glances")
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._closing.set()
        self._bell.awaited.set()  # the thread itself may be asleep because nobody waits
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                with closing(connect(self._path, _BUSY_SECONDS)) as connection:
                    self._attend(connection)
            except (Unavailable, sqlite3.Error):  # meanwhile those who follow the log look by themselves
                self._closing.wait(_SECONDS_AFTER_TROUBLE)

    def _attend(self, connection: sqlite3.Connection) -> None:
        """Ring whenever the file has changed, until the log is closed or the file cannot be read."""
        seen = None
        while not self._closing.wait(_SECONDS):
            if not self._bell.awaited.wait(_SECONDS_UNHEARD):
                continue  # nobody waits: no glance, and nothing taken from those who append
            # A number that every commit of any other connection changes; no page is read to tell it.
            (found,) = connection.execute("PRAGMA data_version").fetchone()
            if found != seen:
                self._bell.ring(self._head().position)
                seen = found

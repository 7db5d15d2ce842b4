"""Connections: none stays open that nobody holds, none waits for ever, and each goes where its address says."""

import socket
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
import pytest

from domain.log.libpq import keywords
from domain.log.pool import Pool
from domain.log.sweeps import connect_postgres
from domain.log.wire import Lost, Wire
from tests.servers import PostgresServer, libpq, until


class Connection:
    """Is open until it is closed."""

    closed = False

    def close(self) -> None:
        self.closed = True


def test_what_comes_back_while_the_pool_closes_is_closed() -> None:
    connection = Connection()

    def usable(_: Connection) -> bool:
        pool.close()  # another thread, between the look at the connection and its return
        return True

    pool = Pool(lambda: connection, 1, 0.0, usable)
    with pool.one() as lent:
        assert not lent.closed
    assert connection.closed


def test_what_comes_back_after_the_pool_closed_is_closed() -> None:
    connection = Connection()
    pool = Pool(lambda: connection, 1, 0.0)
    with pool.one() as lent:
        pool.close()
        assert not lent.closed
    assert connection.closed


def test_what_comes_back_is_used_again() -> None:
    opened: list[Connection] = []

    def open_one() -> Connection:
        opened.append(Connection())
        return opened[-1]

    pool = Pool(open_one, 1, 0.0)
    for _ in range(2):
        with pool.one():
            pass
    pool.close()
    assert [each.closed for each in opened] == [True]


def test_a_connection_whose_settings_are_refused_is_closed(postgres: PostgresServer) -> None:
    url = postgres.create_database()
    with psycopg.connect(libpq(url), autocommit=True) as server:
        with pytest.raises(psycopg.Error) as raised:
            Wire(url, 1.0, {"enable_seqscan": "maybe"})
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        until(lambda: server.execute(others).fetchone() == (0,), 10, "the connection closed")
    assert raised.traceback  # which holds what was made: nothing closed it but the refusal


@pytest.fixture
def silent_url() -> Iterator[str]:
    """Return the address of a server that lets everybody in and then says nothing, as one that was stopped does."""
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:
        letting_in = pool.submit(_let_in, server)
        yield f"postgresql+psycopg://u@127.0.0.1:{server.getsockname()[1]}/x?sslmode=disable&gssencmode=disable"
        letting_in.result().close()


def _let_in(server: socket.socket) -> socket.socket:
    caller, _ = server.accept()
    (size,) = struct.unpack("!I", caller.recv(4, socket.MSG_WAITALL))
    caller.recv(size - 4, socket.MSG_WAITALL)
    settings = {"server_version": "18.0", "client_encoding": "UTF8", "standard_conforming_strings": "on"}
    said = [(b"R", bytes(4)), *((b"S", f"{name}\0{value}\0".encode()) for name, value in settings.items())]
    said += [(b"K", bytes(8)), (b"Z", b"I")]
    caller.sendall(b"".join(kind + struct.pack("!I", len(text) + 4) + text for kind, text in said))
    return caller


def test_a_server_that_says_nothing_after_the_login_is_not_awaited_for_ever(silent_url: str) -> None:
    hasty = ThreadPoolExecutor(1)  # not as a context: one that waits for ever would keep the test
    with pytest.raises(Lost):
        hasty.submit(Wire, silent_url, 0.2, {"jit": "off"}).result(10)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("u:corr%20horse@h/db", {"user": "u", "password": "corr horse", "host": "h", "dbname": "db"}),
        ("u@/db?host=h1:5432&host=h2:5433", {"host": "h1,h2", "port": "5432,5433"}),
        ("u@h/db?options=-c%20search_path%3Da", {"options": "-c search_path=a"}),
        ("u@h/db?connect_timeout=1", {"connect_timeout": "1"}),
    ],
)
def test_an_address_means_to_libpq_what_it_means_to_sqlalchemy(address: str, told: dict[str, str]) -> None:
    assert told.items() <= keywords(f"postgresql+psycopg://{address}").items()


def test_settings_that_an_address_asks_for_hold_on_every_connection(postgres: PostgresServer) -> None:
    url = f"{postgres.create_database()}&options=-c%20search_path%3Da%20-c%20work_mem%3D2MB"
    with closing(Wire(url, 5.0, {})) as wire:
        assert wire.run("SELECT current_setting('search_path'), current_setting('work_mem')") == [("a", "2MB")]
    with connect_postgres(url) as connection:
        assert connection.execute("SHOW search_path").fetchone() == ("a",)

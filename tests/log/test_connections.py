"""No connection stays open that nobody holds: behind a pool that was closed, or after a beginning that failed."""

import psycopg
import pytest

from domain.log.pool import Pool
from domain.log.wire import Wire
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

"""One address of PostgreSQL, understood alike by SQLAlchemy and by what speaks to libpq itself."""

from typing import Any

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url

_BOUNDED = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
}
"""What keeps a connection from waiting for ever for a server that is gone: seconds; milliseconds for the second."""


def keywords(url: str | URL) -> dict[str, Any]:
    """Return an address as keywords of libpq, with bounds for what it does not say itself.

    As one text, libpq would read it by other rules than SQLAlchemy: spaces, several hosts, options.
    """
    address = make_url(url).set(drivername="postgresql+psycopg")
    _, found = address.get_dialect()().create_connect_args(address)
    return {**_BOUNDED, **found}


def engine_of(url: str | URL, answers_within: float, **options: Any) -> Engine:
    """Return an engine whose connections wait so many seconds for each answer, and no longer.

    A server may be silent while its system keeps the connection alive: then neither the bounds of TCP nor those that
    the server keeps itself are of help. Who waited in vain is told by an OperationalError; the connection is closed.

    Args:
        url: of the database.
        answers_within: how long one answer may take: more than what the server itself gives a statement.
        options: of `create_engine`.
    """

    class Bounded(psycopg.Connection[Any]):
        """A connection that does not wait for ever."""

        def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
            try:
                return super().wait(gen, interval, answers_within if timeout is None else timeout)
            except psycopg.OperationalError:
                if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                    self.pgconn.finish()  # an answer that comes later would be taken for that to another question
                raise

    def connect(_dialect: object, _record: object, _arguments: object, named: dict[str, Any]) -> Bounded:
        return Bounded.connect(**named)

    address = make_url(url).set(drivername="postgresql+psycopg")
    connect_args = keywords(address) | options.pop("connect_args", {})
    engine = create_engine(address, connect_args=connect_args, **options)
    event.listen(engine, "do_connect", connect)
    return engine

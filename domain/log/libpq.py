"""One address of PostgreSQL, understood alike by SQLAlchemy and by what speaks to libpq itself."""

from typing import Any

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

"""A vault for tests, opened again as another process would, and a look at what it stores."""

from uuid import UUID

import sqlalchemy as sa

from domain.log.codec import Place
from domain.log.vault import Vault, new_wrapping_key, open_vault, parse_wrapping_keys

SUBJECT = UUID("01900000-0000-7000-8000-000000000001")
PLACE = Place(f"organisation:{SUBJECT}", UUID("01900000-0000-7000-8000-0000000000f1"), "name")
FIRST, SECOND = new_wrapping_key("first"), new_wrapping_key("second")


def reopened(url: str, setting: str = FIRST) -> Vault:
    return open_vault(url, parse_wrapping_keys(setting))


def changing(url: str) -> sa.Connection:
    """Return a connection whose block commits."""
    return sa.create_engine(url, poolclass=sa.NullPool).begin()  # type: ignore[return-value]


def rows(url: str, query: str) -> list[sa.Row[tuple[object, ...]]]:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return list(connection.execute(sa.text(query)).all())

"""Rotation of the wrapping key: every key of the vault is wrapped anew under the current one."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, bindparam, func, select, update

from domain.log.vault_keys import secret_context, subject_context
from domain.log.vault_tables import VaultDatabase, secret, subject_key
from domain.log.wrapping import WrappingKeys

_PAGE = 500

Progress = Callable[[int, int], None]
"""Told how much of how much is done."""


class Rotation(NamedTuple):
    """How many keys were wrapped anew."""

    subject_keys: int
    secrets: int


_CONTEXTS: Mapping[Table, Callable[[Any], bytes]] = {
    subject_key: lambda row: subject_context(row.subject, row.version),
    secret: lambda row: secret_context(row.name, row.number),
}


def in_use(database: VaultDatabase) -> dict[str, int]:
    """Return the ids of the wrapping keys that are needed, each with how many keys it wraps."""
    counts: dict[str, int] = {}
    with database.reading() as connection:
        for table in _CONTEXTS:
            wrapped_by = table.c.wrapped_by
            query = select(wrapped_by, func.count()).where(wrapped_by.is_not(None)).group_by(wrapped_by)
            for key_id, count in connection.execute(query):
                counts[key_id] = counts.get(key_id, 0) + count
    return dict(sorted(counts.items()))


def rotate(database: VaultDatabase, wrapping: WrappingKeys, progress: Progress) -> Rotation:
    """Wrap everything under the current key: page by page, each its own transaction, so it may stop and go on.

    Raises:
        WrappingKeyMissing: a key is wrapped by one that was not given; what was done until then stays done.
    """
    old = {key_id: count for key_id, count in in_use(database).items() if key_id != wrapping.current}
    total, counts = sum(old.values()), dict.fromkeys(_CONTEXTS, 0)
    for table in _CONTEXTS:
        for key_id in old:
            while done := _rotate_page(database, wrapping, table, key_id):
                counts[table] += done
                progress(sum(counts.values()), total)
    return Rotation(subject_keys=counts[subject_key], secrets=counts[secret])


def _rotate_page(database: VaultDatabase, wrapping: WrappingKeys, table: Table, key_id: str) -> int:
    keys = list(table.primary_key.columns)
    query = select(*keys, table.c.wrapped).where(table.c.wrapped_by == key_id).order_by(*keys).limit(_PAGE)
    with database.writing() as connection:
        rows = connection.execute(query).all()
        for row in rows:
            context = _CONTEXTS[table](row)
            plain = wrapping.unwrap(row.wrapped, context, key_id)
            _replace(connection, table, row, wrapping.wrap(plain, context), wrapping.current)
    return len(rows)


def _replace(connection: Connection, table: Table, row: Any, wrapped: bytes, key_id: str) -> None:
    """Store the key as wrapped anew, unless someone destroyed it or wrapped it anew meanwhile."""
    same = [column == row._mapping[column] for column in (*table.primary_key.columns, table.c.wrapped)]  # noqa: SLF001
    connection.execute(
        update(table).where(*same).values(wrapped=bindparam("anew"), wrapped_by=key_id), {"anew": wrapped}
    )

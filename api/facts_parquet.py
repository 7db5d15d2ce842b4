"""Facts as Parquet: a table for analysis, the bodies in it as they are stored."""

from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

from api.exporting_parquet import MOMENT, Table
from domain.kernel.moments import from_micros
from domain.log.codec import version_of
from domain.log.contract import Row

_COLUMNS = {
    "position": pa.int64(),
    "stream": pa.string(),
    "kind": pa.string(),
    "sequence": pa.int64(),
    "id": pa.string(),
    "type": pa.string(),
    "version": pa.int32(),
    "occurred_at": MOMENT,
    "recorded_at": MOMENT,
    "body": pa.string(),
}


def table_of_facts(heading: bytes, pages: Iterable[Sequence[Row]]) -> Iterator[bytes]:
    """Yield a table of facts; which log they are of stands in the metadata of its schema, under `aftercare`."""
    table = Table(pa.schema(list(_COLUMNS.items()), metadata={"aftercare": heading.strip()}))
    for rows in pages:
        yield b"".join(table.add(_values(row)) for row in rows)
    yield table.end()


def _values(row: Row) -> Sequence[object]:
    return (
        row.position,
        str(row.stream),
        row.kind,
        row.sequence,
        str(row.fact_key),
        row.type,
        version_of(row),
        from_micros(row.occurred_at),
        from_micros(row.recorded_at),
        row.body,
    )

"""Members as Parquet: row group after row group, sent as it is made; what was sent is forgotten but for its place."""

import io
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from marshmallow import Schema

from api.exporting import PARQUET, encode_text
from api.exporting_columns import Column, Kind, columns_of

ROWS_OF_GROUP = 10_000
"""A group is held in memory until it is full."""

MOMENT = pa.timestamp("us", tz="UTC")
_TYPES = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.TRUTH: pa.bool_(),
    Kind.DAY: pa.date32(),
    Kind.MOMENT: MOMENT,
    Kind.JSON: pa.string(),
}


class _Pieces(io.RawIOBase):
    """What was written and not yet taken."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, octets: Any) -> int:
        self._pieces.append(bytes(octets))
        return len(self._pieces[-1])

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


class Table:
    """Rows on their way to a Parquet file."""

    def __init__(self, schema: pa.Schema) -> None:
        """Take the columns; a file without rows has them too."""
        self._schema = schema
        self._pieces = _Pieces()
        self._writer = pq.ParquetWriter(self._pieces, schema, compression="zstd")
        self._rows: list[Sequence[Any]] = []

    def add(self, row: Sequence[Any]) -> bytes:
        """Take a row; return what is ready to be sent."""
        self._rows.append(row)
        return self._group() if len(self._rows) == ROWS_OF_GROUP else b""

    def end(self) -> bytes:
        """Return the rest, with the footer by which the file is whole."""
        rest = self._group() if self._rows else b""
        self._writer.close()
        return rest + self._pieces.take()

    def _group(self) -> bytes:
        columns = zip(*self._rows, strict=True)
        arrays = [pa.array(each, field.type) for each, field in zip(columns, self._schema, strict=True)]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema), row_group_size=ROWS_OF_GROUP)
        self._rows.clear()
        return self._pieces.take()


class Parquet:
    """One row a member, with a typed column for each field."""

    content_type = PARQUET
    suffix = "parquet"
    most = None
    packed = True

    def __init__(self, member: type[Schema]) -> None:
        """Take the schema of the members."""
        self._columns = [(column, _READERS.get(column.kind, _as_is)) for column in columns_of(member)]
        named = [(column.name, _TYPES[column.kind]) for column, _ in self._columns]
        self._table = Table(pa.schema(named))

    def head(self) -> bytes:
        """Return nothing: the file begins with its first row group."""
        return b""

    def line(self, member: dict[str, Any]) -> bytes:
        """Return what is ready with this member: mostly nothing."""
        return self._table.add([_value(column, read, member) for column, read in self._columns])

    def end(self, _members: int, _position: int) -> Iterator[bytes]:
        """Yield the rest and the footer."""
        yield self._table.end()

    def cut(self) -> bytes:
        """Return nothing: the footer is missing."""
        return b""


def _value(column: Column, read: Callable[[Any], Any], member: dict[str, Any]) -> Any:
    value = column.of(member)
    return None if value is None else read(value)


def _as_is(value: Any) -> Any:
    return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else encode_text(value)


_READERS: dict[Kind, Callable[[Any], Any]] = {
    Kind.TEXT: _text,
    Kind.DAY: date.fromisoformat,
    Kind.MOMENT: datetime.fromisoformat,
    Kind.JSON: encode_text,
}

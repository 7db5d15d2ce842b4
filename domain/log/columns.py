"""Columns that several databases share."""

from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, TypeDecorator, Uuid
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine


class Id(TypeDecorator[UUID]):
    """An id, in 16 bytes on either database; sorts as its text does."""

    impl = Uuid
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the column type: SQLite has none for ids."""
        return dialect.type_descriptor(LargeBinary(16) if dialect.name == "sqlite" else Uuid())

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> Any:
        """Return an id as the database takes it."""
        return value.bytes if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:
        """Return an id as the database gave it."""
        return UUID(bytes=value) if value is not None and dialect.name == "sqlite" else value

"""Statements that are handed to the driver as they are: SQLAlchemy takes longer over a page than either database."""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Dialect, Select
from sqlalchemy.exc import DBAPIError


class Direct:
    """A question, compiled once for one kind of database."""

    def __init__(self, statement: Select[Any], dialect: Dialect) -> None:
        """Compile it. Where a parameter is a list of values, the text depends on them, and SQLAlchemy keeps it."""
        compiled: Any = statement.compile(dialect=dialect)
        self._unlike = statement if any(each.expanding for each in compiled.binds.values()) else None
        if self._unlike is None:
            self._take(compiled, dialect)
        columns = tuple(statement.selected_columns)
        made = (_impl(column.type, dialect).result_processor(dialect, None) for column in columns)
        self._made = [(place, make) for place, make in enumerate(made) if make]
        names = [str(column.key) for column in columns]
        row: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]  # noqa: PYI024  known at run time
        self.named: Callable[[Any], Any] = row._make
        """Gives the values of a row the names of their columns."""

    def _take(self, compiled: Any, dialect: Dialect) -> None:
        self._text: str = compiled.string
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}
        self._order: tuple[str, ...] | None = compiled.positiontup and tuple(compiled.positiontup)
        binds = {name: _impl(bound.type, dialect).bind_processor(dialect) for name, bound in compiled.binds.items()}
        self._prepare = {name: prepare for name, prepare in binds.items() if prepare}
        self._fixed = {name: self._prepared(name, value) for name, value in self._fixed.items()}

    def all(self, connection: Connection, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Return all rows.

        Raises:
            DBAPIError: as SQLAlchemy raises it; a connection that was lost is not used again.
        """
        if self._unlike is not None:
            return [tuple(row) for row in connection.execute(self._unlike, given)]
        values = self._fixed | {name: self._prepared(name, value) for name, value in given.items()}
        ordered: Any = values if self._order is None else tuple(values[name] for name in self._order)
        driver: Any = connection.connection
        cursor = driver.cursor()
        try:
            for heard in connection.dispatch.before_cursor_execute:
                heard(connection, cursor, self._text, ordered, None, False)
            cursor.execute(self._text, ordered)
            found: list[tuple[Any, ...]] = cursor.fetchall()
        except connection.dialect.loaded_dbapi.Error as error:
            raise _told(connection, cursor, self._text, error) from error
        finally:
            cursor.close()
        if not found or not self._made:
            return found
        columns: list[Iterable[Any]] = list(zip(*found, strict=True))
        for place, make in self._made:
            columns[place] = map(make, columns[place])
        return list(zip(*columns, strict=True))

    def _prepared(self, name: str, value: Any) -> Any:
        prepare = self._prepare.get(name)
        return value if prepare is None else prepare(value)


def _impl(kind: Any, dialect: Dialect) -> Any:
    return kind.dialect_impl(dialect)


def _told(connection: Connection, cursor: Any, text: str, error: Any) -> BaseException:
    """Return what SQLAlchemy says of an error of the driver; a lost connection is given up, as it does."""
    dialect, driver = connection.dialect, connection.connection.driver_connection
    lost = dialect.is_disconnect(error, driver, cursor)
    if lost:
        connection.invalidate(error)
    told: BaseException = DBAPIError.instance(
        text, None, error, dialect.loaded_dbapi.Error, connection_invalidated=lost, dialect=dialect
    )
    return told

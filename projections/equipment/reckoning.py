"""Functions of SQL by which time is reckoned: in whole microseconds, the same on either database."""

from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Boolean, ColumnElement, Connection, FromClause, case, cast, func, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from domain.equipment.availability import part_of as rounded_down
from domain.kernel.moments import FOREVER

SECOND = 1_000_000


class earliest_of(GenericFunction[int]):  # noqa: N801  the name of a function of SQL
    """The least of some numbers."""

    type = BigInteger()
    inherit_cache = True


class latest_of(GenericFunction[int]):  # noqa: N801  the name of a function of SQL
    """The greatest of some numbers."""

    type = BigInteger()
    inherit_cache = True


class part_of(GenericFunction[int]):  # noqa: N801  the name of a function of SQL
    """What falls to a part of a length, by the rule of `domain.equipment.availability.part_of`."""

    type = BigInteger()
    inherit_cache = True


class is_at_most(GenericFunction[bool]):  # noqa: N801  the name of a function of SQL
    """Whether a number is no more than another, both written as decimals: columns of text hold all their digits."""

    type = Boolean()
    inherit_cache = True


@compiles(earliest_of, "sqlite")
def _least_on_sqlite(element: Any, compiler: Any, **more: Any) -> str:
    return f"min({compiler.process(element.clauses, **more)})"


@compiles(earliest_of, "postgresql")
def _least_on_postgresql(element: Any, compiler: Any, **more: Any) -> str:
    return f"least({compiler.process(element.clauses, **more)})"


@compiles(latest_of, "sqlite")
def _greatest_on_sqlite(element: Any, compiler: Any, **more: Any) -> str:
    return f"max({compiler.process(element.clauses, **more)})"


@compiles(latest_of, "postgresql")
def _greatest_on_postgresql(element: Any, compiler: Any, **more: Any) -> str:
    return f"greatest({compiler.process(element.clauses, **more)})"


@compiles(part_of, "postgresql")
def _part_on_postgresql(element: Any, compiler: Any, **more: Any) -> str:
    whole, part, length = (compiler.process(each, **more) for each in element.clauses)
    return f"cast(coalesce(div(cast({whole} as numeric) * ({part}), nullif({length}, 0)), 0) as bigint)"


@compiles(is_at_most, "postgresql")
def _at_most_on_postgresql(element: Any, compiler: Any, **more: Any) -> str:
    one, other = (compiler.process(each, **more) for each in element.clauses)
    return f"(cast({one} as numeric) <= cast({other} as numeric))"


def let_it_reckon(connection: Connection) -> None:
    """Let a connection know `part_of` and `is_at_most`: numbers of SQLite have 64 bits, and these need more."""
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.create_function("part_of", 3, rounded_down, deterministic=True)
        driver.create_function("is_at_most", 2, _is_at_most, deterministic=True)


def _is_at_most(one: str, other: str) -> bool:
    return Decimal(one) <= Decimal(other)


def end_of(table: FromClause, known_at: int) -> ColumnElement[int]:
    """Return when a row of a timeline ended, as known at a position: FOREVER if it had no end by then."""
    return case((table.c.ended_by <= known_at, table.c.valid_to), else_=FOREVER)


def sum_of(name: str, value: ColumnElement[int]) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """Return the columns of a sum in two parts: the time of a fleet may have more digits than a number of SQL."""
    millions, rest = (cast(func.sum(part), BigInteger) for part in (value // SECOND, value % SECOND))
    return millions.label(name), rest.label(f"{name}_rest")


def summed(row: Any, name: str) -> int:
    """Return a sum that was read in two parts."""
    return int(getattr(row, name)) * SECOND + int(getattr(row, f"{name}_rest"))


def is_something(table: FromClause, name: str) -> ColumnElement[bool]:
    """Return whether a sum in two parts is not nothing."""
    millions, rest = table.c[name], table.c[f"{name}_rest"]
    return or_(millions + rest // SECOND != 0, rest % SECOND != 0)

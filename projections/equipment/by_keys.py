"""Rows of items that are found by their keys: SQLite is told to read the keys first, and takes them in one value."""

from functools import cache
from typing import Any

from sqlalchemy import CTE, Alias, Join, LargeBinary, Select, Table, bindparam, func, literal, select, true
from sqlalchemy.ext.compiler import compiles

from domain.log.columns import Id

GIVEN = "seen"
"""The parameter of the keys, where they are found before the rows."""


class _Through(Join):
    """A join of which SQLite reads the left side first, and for each of its rows the right one, by its primary key."""

    inherit_cache = True


@compiles(_Through, "sqlite")
def _cross_join(join: _Through, compiler: Any, **how: Any) -> str:
    left, right = (compiler.process(each, **(how | {"asfrom": True})) for each in (join.left, join.right))
    table: Any = join.right.element if isinstance(join.right, Alias) else join.right
    by_key = f" INDEXED BY sqlite_autoindex_{table.name}_1" if isinstance(table, Table) else ""
    return f"{left} CROSS JOIN {right}{by_key}"


def rows_of(items: CTE, query: Select[Any], key: Any) -> Select[Any]:
    """Return the rows of some items. SQLite might choose the index of another condition, and read the fleet."""
    return query.select_from(through(items, key.table)).where(key == items.c.key)


def through(items: CTE, table: Any) -> Join:
    """Return a join of a table to some items, of which SQLite finds its rows by the primary key."""
    return _Through(items, table, true())


@cache
def given_keys() -> CTE:
    """Return the keys that are given as a value to SQLite: one after the other, in 16 bytes each."""
    keys = bindparam(GIVEN, type_=LargeBinary)
    number = select(literal(0).label("number")).where(func.length(keys) > 0).cte("place", recursive=True)
    number = number.union_all(select(number.c.number + 16).where(number.c.number + 16 < func.length(keys)))
    return select(func.substr(keys, number.c.number + 1, 16, type_=Id()).label("key")).cte("seen")

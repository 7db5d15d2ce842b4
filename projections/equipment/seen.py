"""Which items an organisation sees: those in which it takes part by now, whatever past is asked for.

Who takes part in an item takes part in every unit inside it, and has what was taken out of it until it goes to somebody
else. Of one item that is found by climbing; all items are found by going down from those in which the organisation
takes part itself.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CTE,
    Alias,
    BindParameter,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Join,
    Select,
    Table,
    any_,
    bindparam,
    exists,
    func,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.ext.compiler import compiles

from domain.equipment.state import PARTIES
from domain.kernel.moments import FOREVER
from domain.log.columns import Id
from domain.log.recent import Recent
from projections.equipment.above import any_above

Among = Callable[[ColumnElement[UUID]], ColumnElement[bool]]
"""Makes the condition that a key is one of some."""

LITTLE = 500
"""Up to how many items all that an organisation sees is gone through for one page."""
_ENOUGH = bindparam("enough", callable_=lambda: LITTLE + 1, type_=Integer)
"""How many items are not few any more."""
_FEW = bindparam("few", callable_=lambda: LITTLE, type_=Integer)
_UNSEEN = 40
"""Of so many items one may be unseen, and still it takes less time to test each."""
_MOST = 1_000
"""Organisations of which a connection remembers that they see much."""


class Seen(NamedTuple):
    """What one organisation sees."""

    registry: FromClause
    """Has the parties of items, and `goes_with_id`: in whose hands they are. The fewer columns the better."""
    organisation: UUID
    columns: tuple[str, ...] = ("key",)
    """The columns of a query that name items: a row is seen if one of them is."""

    def takes_part(self, key: ColumnElement[UUID]) -> ColumnElement[bool]:
        """Return the condition for one item: it climbs."""
        now = self.registry.alias("now")

        def of(each: FromClause) -> ColumnElement[bool]:
            return or_(*(each.c[party] == self.organisation for party in PARTIES))

        above = any_above(now, of, None, FOREVER - 1, lambda each: each.c.goes_with_id)
        return exists().where(now.c.key == key, *_by_now(now), or_(of(now), above))

    def is_little(self, connection: Connection, values: Mapping[str, Any] | None = None) -> bool:
        """Return whether the organisation sees few items. Of who sees many, no more are looked at.

        Who does is remembered with the connection: if they become few again, what is seen is still found.
        """
        much: Recent[tuple[Any, int], bool] = connection.info.setdefault("sees_much", Recent(_MOST))
        who: Any = self.organisation
        asked = (values[who.key] if values and isinstance(who, BindParameter) else who), LITTLE
        if much.get(asked):
            return False
        items = self._all(connection.dialect.name, little=True)
        counted: int = connection.execute(_counted(items), values).scalar_one()
        if counted > LITTLE:
            much.put(asked, True)
        return counted <= LITTLE

    def is_nearly_all(self, connection: Connection, values: Mapping[str, Any]) -> bool:
        """Return whether the organisation takes part itself in nearly all items. No more are looked at than it has.

        Only PostgreSQL tests rows that are seen in less time than it takes to go through their keys.
        """
        if connection.dialect.name == "sqlite":
            return False
        first: int = connection.execute(_of_the_first(self.registry, self.organisation), values).scalar_one()
        if first < LITTLE - LITTLE // _UNSEEN:
            return False
        own: int = connection.execute(_own_ones(self.registry, self.organisation), values).scalar_one()
        beyond = {"beyond": own + own // _UNSEEN}
        return connection.execute(_further(self.registry), beyond).first() is None

    def tested(self, query: Select[Any]) -> Select[Any]:
        """Return the rows of a query that are seen; of each one it is found by climbing."""
        return query.where(or_(*(self.takes_part(query.selected_columns[name]) for name in self.columns)))

    def gathered(self, dialect: str, queries: Iterable[Select[Any]], *, little: bool) -> list[Select[Any]]:
        """Return the rows of each query that are seen; they are found by the keys of all items that are."""
        if dialect == "sqlite" and len(self.columns) == 1:
            items = self._all(dialect, little=little)
            return [_through(items, query, query.selected_columns[self.columns[0]]) for query in queries]
        among = self.among(dialect, little=little)
        return [query.where(or_(*(among(query.selected_columns[name]) for name in self.columns))) for query in queries]

    def among(self, dialect: str, *, little: bool) -> Among:
        """Return what makes the condition that a key is one of all items that are seen. They are found once for all."""
        items = select(self._all(dialect, little=little).c.key)
        if dialect == "sqlite":
            return lambda key: key.in_(items)
        keys = func.array(items.scalar_subquery(), type_=ARRAY(Id))  # the planner takes them for few
        return lambda key: key == any_(keys)

    def _all(self, dialect: str, *, little: bool) -> CTE:
        return _items(self.registry, self.organisation, dialect, little=little)


class _Through(Join):
    """A join of which SQLite reads the left side first, and for each of its rows the right one, by its primary key."""

    inherit_cache = True


@compiles(_Through, "sqlite")
def _cross_join(join: _Through, compiler: Any, **how: Any) -> str:
    left, right = (compiler.process(each, **(how | {"asfrom": True})) for each in (join.left, join.right))
    table: Any = join.right.element if isinstance(join.right, Alias) else join.right
    by_key = f" INDEXED BY sqlite_autoindex_{table.name}_1" if isinstance(table, Table) else ""
    return f"{left} CROSS JOIN {right}{by_key}"


def _through(items: CTE, query: Select[Any], key: Any) -> Select[Any]:
    """Return the rows of some items. SQLite might choose the index of another condition, and read the fleet."""
    return query.select_from(_Through(items, key.table, true())).where(key == items.c.key)


@lru_cache(maxsize=64)
def _items(registry: FromClause, organisation: UUID, dialect: str, *, little: bool) -> CTE:
    """Return the keys of all items that are seen. None is in it twice, so that a ring ends where it closes.

    It is kept: building it takes longer than asking it.

    Args:
        registry: the registry.
        organisation: that sees them.
        dialect: the kind of database.
        little: whether there are few: of each party no more are looked for.
    """
    each = [_own(registry, party, organisation) for party in PARTIES]
    if little:  # in the order of its index, or PostgreSQL might read everything; SQLite would for the order
        each = [(one if dialect == "sqlite" else one.order_by(one.selected_columns.key)).limit(_ENOUGH) for one in each]
    own = union_all(*(select(one.subquery().c.key) for one in each))
    seen, unit = select(own.subquery().c.key).cte(recursive=True), registry.alias("unit")
    inside = select(unit.c.key).where(unit.c.goes_with_id == seen.c.key, *_by_now(unit))
    if dialect != "sqlite":  # or PostgreSQL would read everything, if it expects many
        inside = select(func.unnest(func.array(inside.correlate(seen).scalar_subquery())).label("key"))
        inside = inside.select_from(seen)
    return seen.union(inside)


def _counted(items: CTE) -> Select[Any]:
    """Return the statement of how many items there are, if they are few; else it counts to one more."""
    return select(func.count()).select_from(select(items.c.key).limit(_ENOUGH).subquery())


@lru_cache(maxsize=64)
def _of_the_first(registry: FromClause, organisation: UUID) -> Select[Any]:
    """Return the statement of how many items an organisation is a party of itself, among the first few by id."""
    item = registry.alias()
    own = or_(*(item.c[party] == organisation for party in PARTIES)).label("own")
    few = select(own).where(*_by_now(item)).order_by(item.c.key).limit(_FEW).subquery()
    return select(func.count()).select_from(few).where(few.c.own)


@lru_cache(maxsize=64)
def _own_ones(registry: FromClause, organisation: UUID) -> Select[Any]:
    """Return the statement of how many items an organisation is a party of itself."""
    item = registry.alias()
    own = or_(*(item.c[party] == organisation for party in PARTIES))
    return select(func.count()).select_from(item).where(own, *_by_now(item))


@lru_cache(maxsize=64)
def _further(registry: FromClause) -> Select[Any]:
    """Return the statement that finds an item if there are more than so many."""
    item = registry.alias()
    found = select(item.c.key).where(*_by_now(item)).order_by(item.c.key)  # or it might read all that is past first
    return found.limit(1).offset(bindparam("beyond", type_=Integer))


def _own(registry: FromClause, party: str, organisation: UUID) -> Select[Any]:
    """Return the items of which an organisation is a party itself."""
    item = registry.alias()
    return select(item.c.key).where(item.c[party] == organisation, *_by_now(item))


def _by_now(item: FromClause) -> tuple[ColumnElement[bool], ...]:
    return item.c.valid_to == FOREVER, item.c.known_to == FOREVER

"""Which items an organisation sees: those in which it takes part by now, whatever past is asked for.

Who takes part in an item takes part in every unit inside it. Who did when a unit was taken out of it has that until it
goes to somebody else, and nobody does who gets the item later. Of one item that is found by climbing, in what was so at
the moments of removals. All items are found by going down from those in which the organisation takes part itself; of
what was taken out of those in which it ever did, it is found by climbing whether it did then.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CTE,
    Alias,
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Join,
    Select,
    Table,
    and_,
    any_,
    bindparam,
    case,
    exists,
    func,
    literal,
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
from projections.equipment.above import beside

Among = Callable[[ColumnElement[UUID]], ColumnElement[bool]]
"""Makes the condition that a key is one of some."""

LITTLE = 500
"""Up to how many items all that an organisation sees is gone through for one page."""
HANDS = ("goes_with_id", "taken_out_at")
"""The columns of the registry that say with what an item is in whose hands, and as it was when; null: as it is."""
_ENOUGH = bindparam("enough", callable_=lambda: LITTLE + 1, type_=Integer)
"""How many items are not few any more."""
_FEW = bindparam("few", callable_=lambda: LITTLE, type_=Integer)
_UNSEEN = 40
"""Of so many items one may be unseen, and still it takes less time to test each."""
_PAST = bindparam("past", callable_=lambda: 10 * LITTLE, type_=Integer)
"""Up to how many rows of the registry, of all times, name an organisation that sees little."""
_BEYOND = bindparam("beyond", callable_=lambda: 10 * LITTLE + 1, type_=Integer)
_NOW = FOREVER - 1
"""A moment after everything on record."""
_MOST = 1_000
"""Organisations of which a connection remembers that they see much."""


class Seen(NamedTuple):
    """What one organisation sees."""

    registry: FromClause
    """Has the parties of items, and `HANDS`. The fewer columns the better."""
    organisation: UUID
    columns: tuple[str, ...] = ("key",)
    """The columns of a query that name items: a row is seen if one of them is."""

    def takes_part(self, key: ColumnElement[UUID]) -> ColumnElement[bool]:
        """Return the condition for one item: it climbs."""
        now = self.registry.alias("now")
        return exists().where(now.c.key == key, *_by_now(now), _has(now, self.organisation))

    def is_little(self, connection: Connection, values: Mapping[str, Any] | None = None) -> bool:
        """Return whether the organisation sees few items. Of who sees many, no more are looked at.

        Who does is remembered with the connection: if they become few again, what is seen is still found.
        """
        much: Recent[tuple[Any, int], bool] = connection.info.setdefault("sees_much", Recent(_MOST))
        who: Any = self.organisation
        asked = (values[who.key] if values and isinstance(who, BindParameter) else who), LITTLE
        if much.get(asked):
            return False
        items = _items(self.registry, self.organisation, connection.dialect.name, little=True)
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
        return _items(self.registry, self.organisation, dialect, little=little).seen


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


class _Items(NamedTuple):
    """What an organisation sees, and what it may have had."""

    seen: CTE
    """The keys of all items that are seen."""
    ever: CTE
    """The keys of rows of any time that name the organisation."""


@lru_cache(maxsize=64)
def _items(registry: FromClause, organisation: UUID, dialect: str, *, little: bool) -> _Items:
    """Return the keys of all items that are seen. None is in it twice, so that a ring ends where it closes.

    It is kept: building it takes longer than asking it.

    Args:
        registry: the registry.
        organisation: that sees them.
        dialect: the kind of database.
        little: whether there are few: of each party no more are looked for.
    """
    each = [_own(registry, party, organisation) for party in PARTIES]
    past = [_ever(registry, party, organisation) for party in PARTIES]
    if little:  # in the order of its index, or PostgreSQL might read everything; SQLite would for the order
        each = [(one if dialect == "sqlite" else one.order_by(one.selected_columns.key)).limit(_ENOUGH) for one in each]
        past = [(one if dialect == "sqlite" else one.order_by(*_by_index(one))).limit(_BEYOND) for one in past]
    ever = union_all(*(select(one.subquery().c.key) for one in past)).cte("ever")
    own = union_all(*(select(one.subquery().c.key) for one in each), _kept(registry, organisation, dialect, ever))
    seen, unit = select(own.subquery().c.key).cte("seen", recursive=True), registry.alias("unit")
    sits = (unit.c.goes_with_id == seen.c.key, unit.c.taken_out_at.is_(None), *_by_now(unit))
    return _Items(seen.union(_below(seen, unit, sits, dialect)), ever)


def _kept(registry: FromClause, organisation: UUID, dialect: str, ever: CTE) -> Select[Any]:
    """Return the items that were taken out of others in which an organisation took part then, and has them still.

    They are looked for below everything that it ever had, wherever that is now.
    """
    had, unit, out = select(ever.c.key).cte("had", recursive=True), registry.alias("unit"), registry.alias("out")
    had = had.union(_below(had, unit, (unit.c.goes_with_id == had.c.key,), dialect))
    left = (out.c.goes_with_id == had.c.key, out.c.taken_out_at.is_not(None), *_by_now(out))
    return _below(had, out, (*left, _has(out, organisation)), dialect)


def _below(above: CTE, unit: FromClause, conditions: Iterable[ColumnElement[bool]], dialect: str) -> Select[Any]:
    """Return the keys of rows that are below others, by some conditions."""
    below = select(unit.c.key).where(*conditions)
    if dialect == "sqlite":
        return below
    # or PostgreSQL would read everything, if it expects many
    each = func.unnest(func.array(below.correlate(above).scalar_subquery())).label("key")
    return select(each).select_from(above)


def _has(item: FromClause, organisation: UUID) -> ColumnElement[bool]:
    """Return whether an organisation takes part in an item, or did in what that goes with, as it was then, and so on.

    Each step is a subquery of one row: PostgreSQL might join what it expects to be many.
    """

    def said(above: CTE, *what: ColumnElement[Any]) -> list[Any]:
        held = (each.c.key == above.c.key, each.c.valid_from <= above.c.then, each.c.valid_to > above.c.then)
        one = select(each.c.key).where(*held, each.c.known_to == FOREVER).correlate(above).limit(1)
        return [one.with_only_columns(each_one).scalar_subquery() for each_one in what]

    each, then = beside(item), func.coalesce(item.c.taken_out_at, literal(_NOW, BigInteger))
    went = select(item.c.goes_with_id.label("key"), then.label("then")).correlate(item)
    above = went.cte(recursive=True, nesting=True)
    goes_with, at = said(above, each.c.goes_with_id, each.c.taken_out_at)
    above = above.union(select(goes_with, func.coalesce(at, above.c.then)).where(above.c.key.is_not(None)))
    one_above = exists().select_from(above).where(*said(above, _is_party(each, organisation)))
    return or_(_is_party(item, organisation), and_(item.c.goes_with_id.is_not(None), one_above))


def _is_party(item: FromClause, organisation: UUID) -> ColumnElement[bool]:
    """Return whether an organisation takes part in an item itself."""
    return or_(*(item.c[party] == organisation for party in PARTIES))


def _counted(items: _Items) -> Select[Any]:
    """Return the statement of how many items there are, if they are few, also in the past; else it tells one more."""
    named = select(func.count()).select_from(items.ever).scalar_subquery()
    few = select(func.count()).select_from(select(items.seen.c.key).limit(_ENOUGH).subquery()).scalar_subquery()
    return select(case((named > _PAST, _ENOUGH), else_=few))


@lru_cache(maxsize=64)
def _of_the_first(registry: FromClause, organisation: UUID) -> Select[Any]:
    """Return the statement of how many items an organisation is a party of itself, among the first few by id."""
    item = registry.alias()
    own = _is_party(item, organisation).label("own")
    few = select(own).where(*_by_now(item)).order_by(item.c.key).limit(_FEW).subquery()
    return select(func.count()).select_from(few).where(few.c.own)


@lru_cache(maxsize=64)
def _own_ones(registry: FromClause, organisation: UUID) -> Select[Any]:
    """Return the statement of how many items an organisation is a party of itself."""
    item = registry.alias()
    return select(func.count()).select_from(item).where(_is_party(item, organisation), *_by_now(item))


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


def _ever(registry: FromClause, party: str, organisation: UUID) -> Select[Any]:
    """Return the items of rows that name an organisation, whatever became of them: by an index alone."""
    item = registry.alias()
    return select(item.c.key).where(item.c[party] == organisation)


def _by_index(rows: Select[Any]) -> tuple[ColumnElement[Any], ...]:
    (item,) = rows.get_final_froms()
    return item.c.valid_to, item.c.key


def _by_now(item: FromClause) -> tuple[ColumnElement[bool], ...]:
    return item.c.valid_to == FOREVER, item.c.known_to == FOREVER

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
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    Dialect,
    FromClause,
    Integer,
    Select,
    and_,
    any_,
    bindparam,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from domain.equipment.state import PARTIES
from domain.kernel.moments import FOREVER
from domain.log.columns import Id, ids_as_bytes
from domain.log.recent import Recent
from projections.direct import Direct
from projections.equipment.above import beside
from projections.equipment.by_keys import GIVEN, given_keys, rows_of

Among = Callable[[ColumnElement[UUID]], ColumnElement[bool]]
"""Makes the condition that a key is one of some."""

LITTLE = 500
"""Up to how many items all that an organisation sees is gone through for one page."""
HANDS = ("goes_with_id", "taken_out_at")
"""The columns of the registry that say with what an item is in whose hands, and as it was when; null: as it is."""
_PAST = 10
"""Up to how many times as many rows of the registry, of all times, name an organisation that sees little."""
_UNSEEN = 40
"""Of so many items one may be unseen, and still it takes less time to test each."""
_FEW, _MANY = bindparam("few", type_=Integer), bindparam("many", type_=Integer)
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

    def little(self, connection: Connection, values: Mapping[str, Any] | None = None) -> Mapping[str, Any] | None:
        """Return the items that the organisation sees, if they are few: the value of what is gathered by them.

        None: they are many, and no more were looked at. Who sees many is remembered with the connection: if they become
        few again, what is seen is still found.
        """
        much: Recent[tuple[Any, int], bool] = connection.info.setdefault("sees_much", Recent(_MOST))
        who: Any = self.organisation
        organisation = values[who.key] if values and isinstance(who, BindParameter) else who
        if much.get((organisation, LITTLE)):
            return None
        asked = {"organisation": organisation, "few": LITTLE, "many": _PAST * LITTLE}
        keys = [key for (key,) in _few(self.registry, connection.dialect).all(connection, asked)]
        if len(keys) > LITTLE or None in keys:
            much.put((organisation, LITTLE), True)
            return None
        on_sqlite = connection.dialect.name == "sqlite"
        return {GIVEN: b"".join(ids_as_bytes(keys)) if on_sqlite else keys}  # type: ignore[arg-type]  # none is None

    def is_nearly_all(self, connection: Connection, values: Mapping[str, Any]) -> bool:
        """Return whether the organisation takes part itself in nearly all items. No more are looked at than it has.

        Only PostgreSQL tests rows that are seen in less time than it takes to go through their keys.
        """
        if connection.dialect.name == "sqlite":
            return False
        asked = {**values, "few": LITTLE}
        first: int = connection.execute(_of_the_first(self.registry, self.organisation), asked).scalar_one()
        if first < LITTLE - LITTLE // _UNSEEN:
            return False
        own: int = connection.execute(_own_ones(self.registry, self.organisation), values).scalar_one()
        many = {"many": own + own // _UNSEEN}
        return connection.execute(_further(self.registry), many).first() is None

    def tested(self, query: Select[Any]) -> Select[Any]:
        """Return the rows of a query that are seen; of each one it is found by climbing."""
        return query.where(or_(*(self.takes_part(query.selected_columns[name]) for name in self.columns)))

    def gathered(self, dialect: str, queries: Iterable[Select[Any]], *, little: bool) -> list[Select[Any]]:
        """Return the rows of each query that are seen; they are found by the keys of all items that are.

        Args:
            dialect: the kind of database.
            queries: of which rows.
            little: whether the keys are given as a value: what `little` returned.
        """
        if dialect == "sqlite" and len(self.columns) == 1:
            items = self._keys(dialect, little=little)
            return [rows_of(items, query, query.selected_columns[self.columns[0]]) for query in queries]
        among = self.among(dialect, little=little)
        return [query.where(or_(*(among(query.selected_columns[name]) for name in self.columns))) for query in queries]

    def among(self, dialect: str, *, little: bool) -> Among:
        """Return what makes the condition that a key is one of all items that are seen, as `gathered` finds them."""
        if dialect == "sqlite":
            items = select(self._keys(dialect, little=little).c.key)
            return lambda key: key.in_(items)
        if little:
            return lambda key: key == any_(bindparam(GIVEN, type_=ARRAY(Id)))
        found = select(self._keys(dialect, little=False).c.key).scalar_subquery()
        keys = func.array(found, type_=ARRAY(Id))  # the planner takes them for few
        return lambda key: key == any_(keys)

    def _keys(self, dialect: str, *, little: bool) -> CTE:
        return given_keys() if little else _items(self.registry, self.organisation, dialect, little=False).seen


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
        if dialect != "sqlite":
            each = [one.order_by(one.selected_columns.key) for one in each]
            past = [one.order_by(*_by_index(one)) for one in past]
        each, past = [one.limit(_FEW + 1) for one in each], [one.limit(_MANY + 1) for one in past]
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


@lru_cache(maxsize=16)
def _few(registry: FromClause, dialect: Dialect) -> Direct:
    """Return the statement of the items that an organisation sees, one more than are few at most; null: it had many."""
    items = _items(registry, bindparam("organisation", type_=Id), dialect.name, little=True)
    had_many = select(func.count()).select_from(items.ever).scalar_subquery() > _MANY
    few = select(items.seen.c.key).limit(case((had_many, 0), else_=_FEW + 1)).subquery()
    return Direct(select(union_all(select(few.c.key), select(null()).where(had_many)).subquery().c.key), dialect)


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
    return found.limit(1).offset(_MANY)


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

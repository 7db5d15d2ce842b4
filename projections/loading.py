"""What folding starts from, read in one round trip with the move of the bookmarks, as long as it is little."""

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Table, literal_column, null, select, union_all

from domain.kernel.envelope import Recorded
from projections import parking
from projections.applying import OF_A_DATABASE, Applying
from projections.follower import Neighbourhood
from projections.makings import Overtaken
from projections.past import before_themselves, named_before, note_declarations
from projections.round_trip import Answer, Plain, RoundTrip, among, round_trip
from projections.statements import MOST_NAMED
from projections.views import mention

_FACTS, _NAMES = "facts", "names"
_ANY_PARKED = -1


def load(
    connection: Connection,
    facts: Sequence[Recorded],
    folding: Sequence[Applying[Any]],
    moving: Callable[[RoundTrip], Sequence[Answer]],
) -> Collection[UUID]:
    """Move the bookmarks, and give those who will fold facts the states of their keys.

    Args:
        connection: of the views, in a transaction in which nothing was said yet.
        facts: the facts.
        folding: who will fold them.
        moving: moves their bookmarks.

    Returns:
        Which of the facts an error declaration named as wrong before they were on record themselves.

    Raises:
        Overtaken: another program was faster, or took one over.
    """
    wanted = [each.meet(facts) for each in folding]
    named = len(facts) + sum(map(len, wanted))
    is_little = named <= MOST_NAMED and not any(each.met or each.familiar for each in folding)
    moved: Sequence[Answer] = ()
    try:
        with round_trip(connection) as trip:
            moved = moving(trip)
            if trip.on_sqlite:
                _check(moved)
            note_declarations(trip, facts)
            asked = _ask(trip, facts, folding, wanted) if is_little else None
    except OF_A_DATABASE:
        _check(moved)  # the tables may have got other columns
        raise
    _check(moved)
    return _load(connection, facts, folding, wanted) if asked is None else _take(asked, facts, folding, wanted)


def _check(moved: Sequence[Answer]) -> None:
    if any(each.changed == 0 for each in moved):
        raise Overtaken


def _load(
    connection: Connection, facts: Sequence[Recorded], folding: Sequence[Applying[Any]], wanted: Sequence[list[UUID]]
) -> Collection[UUID]:
    """Read the states of many keys, of each read model by itself."""
    any_parked = connection.execute(
        select(parking.is_any(lambda name: name.in_([each.name for each in folding])))
    ).scalar_one()
    for each, keys in zip(folding, wanted, strict=True):
        each.may_be_held_up = any_parked
        if any_parked:
            each.forget()
            each.acquaint(None)  # who retries writes of keys that nobody here has met
        each.load(keys)
    return named_before(connection, facts)


class _Asked(NamedTuple):
    """What was asked about few keys."""

    states: Answer
    around: Sequence[Neighbourhood | None]


def _ask(
    trip: RoundTrip, facts: Sequence[Recorded], folding: Sequence[Applying[Any]], wanted: Sequence[list[UUID]]
) -> _Asked:
    named: dict[str, Any] = {_keys_of(number): keys for number, keys in enumerate(wanted)}
    named |= {_FACTS: [fact.id for fact in facts], _NAMES: [each.name for each in folding]}
    together = _together(tuple(each.statements.states_table for each in folding), on_sqlite=trip.on_sqlite)
    states = trip.tell(together, named)
    around = [
        each.follower.ask(trip, keys) if each.follower and (len(keys) > 1 or (keys and not trip.on_sqlite)) else None
        for each, keys in zip(folding, wanted, strict=True)
    ]
    return _Asked(states, around)


def _take(
    asked: _Asked, facts: Sequence[Recorded], folding: Sequence[Applying[Any]], wanted: Sequence[list[UUID]]
) -> Collection[UUID]:
    found = [_Stored._make(row) for row in asked.states.rows()]
    any_parked = any(row.number == _ANY_PARKED for row in found)
    for number, (each, keys, around) in enumerate(zip(folding, wanted, asked.around, strict=True)):
        if each.follower and around:
            each.follower.take(around)
        each.take(keys, [row for row in found if row.number == number])
        each.may_be_held_up = any_parked
        if any_parked:
            each.hold_up(keys)
    mentions = [(row.key, row.newest or 0) for row in found if row.number == len(folding)]
    return before_themselves(facts, mentions)


class _Stored(NamedTuple):
    """A row of what is asked together."""

    number: int
    key: UUID
    newest: int | None
    open_from: int | None
    open_known: int | None
    state: Any


@lru_cache(maxsize=64)
def _together(tables: tuple[Table, ...], *, on_sqlite: bool) -> Plain:
    """Return the query for the states of keys in tables, and for the mentions of facts; each row has its number.

    One more row says that facts are parked for some of the read models.
    """
    states = [
        select(
            literal_column(str(number)).label("number"),
            *(table.c[name] for name in ("key", "newest", "open_from", "open_known", "state")),
        ).where(among(table.c.key, _keys_of(number), on_sqlite=on_sqlite))
        for number, table in enumerate(tables)
    ]
    mentions = select(
        literal_column(str(len(tables))), mention.c.fact, mention.c.position, null(), null(), null()
    ).where(among(mention.c.fact, _FACTS, on_sqlite=on_sqlite), mention.c.corrects.is_(None))
    is_parked: Any = select(literal_column(str(_ANY_PARKED)), *(null() for _ in range(5))).where(
        parking.is_any(partial(among, name=_NAMES, on_sqlite=on_sqlite))
    )
    return Plain(union_all(*states, mentions, is_parked))


def _keys_of(number: int) -> str:
    return f"keys_{number}"
